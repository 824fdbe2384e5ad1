"""What its alerts make of an incident. They write no event; they tell of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from tocsin.model.alert import Alert
from tocsin.model.incident import ByHand, Incident
from tocsin.model.severity import Severity, Status, highest


@dataclass(frozen=True)
class AlertTotals:
    """What the alerts of an incident add up to.

    `title` and `description` are those of the first alert, `severity` the highest of all, `status`
    the worst of those still open, `Ok` when there are none. `last_time` is the latest push,
    `end_time` when the last one recovered, 0 while one is open (Unix seconds). `component_ids` are
    those that their labels name.
    """

    alert_cnt: int
    title: str
    description: str
    severity: Severity
    status: Status
    last_time: int
    end_time: int
    component_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """The totals that an incident shows."""
        return cls(
            incident.alert_cnt,
            incident.title,
            incident.description,
            incident.severity,
            incident.status,
            incident.last_time,
            incident.end_time,
            incident.component_ids,
        )

    def heard(self, alerts: Sequence[Alert], joining: int) -> Self:
        """With what these alerts say now, of which so many join the others.

        All but what only the whole of them can tell: the status, the end, and what the first says.
        """
        named = [one.component_id for one in alerts if one.component_id is not None]
        return replace(
            self,
            alert_cnt=self.alert_cnt + joining,
            severity=highest((self.severity, *(one.severity for one in alerts))),
            last_time=max(self.last_time, *(one.last_time for one in alerts)),
            component_ids=tuple(dict.fromkeys((*self.component_ids, *named))),
        )


def follow(incident: Incident, totals: AlertTotals, now: int) -> Incident:
    """The incident as its alerts have it at `now` (Unix seconds), but for what was set by hand. One
    that has no alerts any more, merged into another, keeps what they said."""
    updated_at = max(incident.updated_at, now)
    if totals.alert_cnt == 0:
        return replace(incident, alert_cnt=0, updated_at=updated_at)
    said: dict[str, Any] = {
        ByHand.TITLE: totals.title,
        ByHand.DESCRIPTION: totals.description,
        ByHand.SEVERITY: totals.severity,
        ByHand.COMPONENTS: totals.component_ids,
    }
    return replace(
        incident,
        **{name: value for name, value in said.items() if name not in incident.by_hand},
        alert_cnt=totals.alert_cnt,
        status=totals.status,
        last_time=totals.last_time,
        end_time=totals.end_time,
        updated_at=updated_at,
    )

"""What happens to alerts in one unit of work."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tocsin.app.incident_alerts import Heard
from tocsin.app.placing import Placing
from tocsin.model import alert as course
from tocsin.model import flapping
from tocsin.model.alert import Alert, Effect
from tocsin.model.alert_event import AlertEvent
from tocsin.model.flapping import Changes, Flapping
from tocsin.model.severity import Status
from tocsin.store import alerts
from tocsin.store.tx import Tx

# After which the alert is as the event has it, and by which something ceases to be well or begins.
_SAYS = frozenset({Effect.BEGIN, Effect.UPDATE})
_CHANGES = frozenset({Effect.BEGIN, Effect.RECOVER})


class AlertCourse:
    """The course of some alerts, worked on in order and written down once, at the end.

    `latest` are the alerts that have the keys of whatever comes, by key. `placing` finds the
    incidents for them; where nothing but recoveries can come there is none.
    """

    def __init__(
        self,
        tx: Tx,
        latest: Mapping[str, Alert],
        rule: Flapping | None,
        placing: Placing | None = None,
    ) -> None:
        self._tx = tx
        self._latest = dict(latest)
        self._rule = rule
        self._placing = placing
        self._before = {one.id: one for one in latest.values()}
        self._after: dict[str, Alert] = {}

    def bring(self, event: AlertEvent, integration_id: str, component_id: str | None) -> Effect:
        """An event comes, which has a key; `component_id` is what its label names."""
        latest = self._latest.get(event.key or "")
        effect, alert = course.take(latest, event, self._tx.new_id(), integration_id)
        if alert is not None and effect in _SAYS and alert.component_id != component_id:
            alert = replace(alert, component_id=component_id)
        return self._note(effect, alert, latest)

    def lapse(self, alert: Alert) -> Effect:
        """The end that its sender gave an alert may have come."""
        effect, after = course.lapse(alert, self._tx.now)
        return self._note(effect, after, alert)

    def save(self) -> list[Heard]:
        """Write the alerts down; returns what there is for their incidents to follow."""
        new = [one for one in self._after.values() if one.id not in self._before]
        alerts.add_all(self._tx.conn, new)
        known = [one for one in self._after.values() if one.id in self._before]
        alerts.save_all(self._tx.conn, [(self._before[one.id], one) for one in known])
        return list(self._heard())

    def _note(self, effect: Effect, alert: Alert | None, latest: Alert | None) -> Effect:
        if alert is None or effect is Effect.NONE:
            return effect
        if effect in _CHANGES:
            alert = self._marked(alert, latest)
        if self._placing is not None:
            # One that was kept out is looked at again: its silence may be over.
            if alert.open and alert.incident_id is None:
                alert = self._placing.place(alert)
            self._placing.hear(alert, new=alert.id not in self._before)
        self._latest[alert.alert_key] = self._after[alert.id] = alert
        return effect

    def _marked(self, alert: Alert, latest: Alert | None) -> Alert:
        """With one more change of its key between well and not; marked if that makes it flap."""
        if self._rule is None:
            return replace(alert, changes=(), flapping=False)
        changes: Changes = latest.changes if latest else ()
        # What was closed by hand is not well: when it is heard of again, nothing has changed.
        if alert.status is Status.OK or latest is None or latest.status is Status.OK:
            changes = flapping.changed(self._rule, changes, self._tx.now)
        is_flapping = flapping.is_flapping(self._rule, changes, self._tx.now)
        return replace(alert, changes=changes, flapping=is_flapping)

    def _heard(self) -> Iterator[Heard]:
        made = self._placing.made if self._placing else ()
        for alert in self._after.values():
            before = self._before.get(alert.id)
            if alert.incident_id is not None:
                joins = (before is None or before.incident_id is None) and alert.id not in made
                yield Heard(before, alert, joins)

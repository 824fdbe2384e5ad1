"""Where an alert goes: it is kept out, joins an incident of its channel, or makes one."""

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from tocsin.app import assignment, incidents
from tocsin.app.inhibitors import Inhibitors
from tocsin.model import grouping
from tocsin.model.alert import Alert, facts
from tocsin.model.channel import Channel
from tocsin.model.grouping import Candidate, Facts
from tocsin.model.incident import GroupMethod, NewIncident
from tocsin.model.inhibition import inhibits
from tocsin.model.silence import silences
from tocsin.store import grouped
from tocsin.store.tx import Tx

_ANY: Final = ""


class Placing:
    """Places the alerts of one channel, one after the other, in one unit of work.

    What it has decided counts for those that follow, whose rows are not written yet.
    """

    def __init__(self, tx: Tx, channel: Channel) -> None:
        self._tx = tx
        self._channel = channel
        self._zone = ZoneInfo(channel.timezone)
        self._inhibitors = Inhibitors(tx, channel.id) if channel.inhibitions else None
        self._candidates: dict[str, list[Candidate]] = {}
        self.made: set[str] = set()
        """The alerts that have made an incident, which counts them from its birth."""

    def place(self, alert: Alert) -> Alert:
        """The alert with the incident that it is in from now on, or with what keeps it out."""
        said = facts(alert)
        kept_out = self._kept_out(alert, said)
        if kept_out is not None:
            return replace(alert, kept_out=kept_out, channel_id=self._channel.id)
        incident_id = self._joined(said) or self._make(alert, said)
        return replace(alert, kept_out=None, incident_id=incident_id, channel_id=self._channel.id)

    def hear(self, alert: Alert, *, new: bool) -> None:
        """The alert is like this now, by which it may keep others out; `new`: it has just begun."""
        if self._inhibitors is not None:
            self._inhibitors.hear(alert, new=new)

    def _kept_out(self, alert: Alert, said: Facts) -> str | None:
        now = self._tx.now
        for silence in self._channel.silences:
            if silences(silence, said, now, self._zone):
                return f"silence {silence.name}"
        if self._inhibitors is None:
            return None
        for rule in self._channel.inhibitions:
            if inhibits(rule, said, self._inhibitors.others(alert), now):
                return "inhibition"
        return None

    def _joined(self, said: Facts) -> str | None:
        """The incident that takes an alert with these facts, if there is one."""
        rules, now = self._channel.grouping, self._tx.now
        candidates = self._open(grouping.key(rules, said))
        chosen = grouping.choose(rules, said, candidates, now, _similarity)
        for at, one in enumerate(candidates):
            if one.incident_id == chosen:
                candidates[at] = one._replace(alert_cnt=one.alert_cnt + 1, merged_at=now)
        return chosen

    def _make(self, alert: Alert, said: Facts) -> str:
        tx, channel = self._tx, self._channel
        key = grouping.key(channel.grouping, said)
        new = NewIncident(
            tx.new_id(),
            alert.title,
            alert.severity,
            alert.start_time,
            last_time=alert.last_time,
            alert_cnt=1,
            description=alert.description,
            channel_id=channel.id,
            channel_name=channel.name,
            group_method=channel.grouping.method,
            dedup_key=key or alert.alert_key,
            labels=alert.labels,
            component_ids=(alert.component_id,) if alert.component_id else (),
        )
        assignment.begin(tx, incidents.create(tx, new), channel.assignment, said)
        self.made.add(alert.id)
        self._open(key).insert(0, Candidate(new.id, key, said, tx.now, tx.now, 1))
        return new.id

    def _open(self, key: str) -> list[Candidate]:
        """The incidents that an alert with this key may join, which change as it goes on."""
        match self._channel.grouping.method:
            case GroupMethod.PATTERN if key:
                if key not in self._candidates:
                    found = grouped.same(self._tx.conn, self._channel.id, key)
                    self._candidates[key] = found
                return self._candidates[key]
            case GroupMethod.INTELLIGENT:
                if _ANY not in self._candidates:
                    self._candidates[_ANY] = grouped.alike(self._tx.conn, self._channel.id)
                return self._candidates[_ANY]
            case _:
                return []


def _similarity(one: str, other: str) -> float:
    # Imported here: its library costs memory, and few channels compare.
    from rapidfuzz import fuzz

    return fuzz.ratio(one, other) / 100

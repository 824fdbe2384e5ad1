"""What has to become of an incident, told again from the specification: its table says which
command is allowed and what follows, the rules beside it are written out here."""

from dataclasses import dataclass, field
from typing import Any

from tocsin.model.errors import Code
from tocsin.model.incident import COURSE, ON_PEOPLE, Command, Progress


class Refusal(Exception):  # noqa: N818 - what is expected
    """The command has to be refused with this code."""


@dataclass
class Expected:
    """An incident that people made. `assigned` and `acknowledged` are times by person; `told` are
    the types of its events."""

    id: str
    title: str
    severity: str
    progress: Progress = Progress.TRIGGERED
    assigned: dict[int, int] = field(default_factory=dict)
    acknowledged: dict[int, int] = field(default_factory=dict)
    snoozed_before: int = 0
    ack_time: int = 0
    close_time: int = 0
    closer: int | None = None
    storms: set[int] = field(default_factory=set)
    merged_into: str | None = None
    told: list[str] = field(default_factory=lambda: ["i_new"])

    def shown(self) -> dict[str, Any]:
        """What the API shows of it, as far as commands have a say."""
        return {
            "title": self.title,
            "incident_severity": self.severity,
            "incident_status": self.severity,
            "progress": self.progress,
            "responders": [
                (one, at, self.acknowledged.get(one, 0)) for one, at in self.assigned.items()
            ],
            "snoozed_before": self.snoozed_before,
            "ack_time": self.ack_time,
            "close_time": self.close_time,
            "end_time": 0,
            "closer": self.closer,
            "version": len(self.told),
        }

    def expire(self, now: int) -> None:
        """Let a snooze run out that has by `now`."""
        due = self.snoozed_before
        if not 0 < due <= now:
            return
        self.snoozed_before = 0
        if self.assigned:
            self.assigned = dict.fromkeys(self.assigned, due)
            self._follow(Command.EXPIRE)
        else:
            self.progress = Progress.TRIGGERED

    def assign(self, to: tuple[int, ...], now: int) -> None:
        self._check(Command.ASSIGN)
        self.acknowledged = {one: at for one, at in self.acknowledged.items() if one in to}
        self.assigned = dict.fromkeys(to, now)
        self.snoozed_before = 0
        self._follow(Command.ASSIGN)

    def add(self, to: tuple[int, ...], now: int) -> None:
        self._check(Command.ADD_RESPONDERS)
        if not set(to) <= set(self.assigned):
            self.assigned |= {one: now for one in to if one not in self.assigned}
            self._follow(Command.ADD_RESPONDERS)

    def ack(self, person: int, now: int) -> None:
        self._check(Command.ACK)
        if person in self.acknowledged:
            raise Refusal(Code.INCIDENT_ALREADY_ACKNOWLEDGED)
        self.assigned.setdefault(person, now)
        self.acknowledged[person] = now
        self.ack_time = self.ack_time or now
        self._follow(Command.ACK)

    def unack(self, person: int) -> None:
        self._check(Command.UNACK)
        if person not in self.acknowledged:
            raise Refusal(Code.INCIDENT_NOT_ACKNOWLEDGED)
        del self.acknowledged[person]
        self._follow(Command.UNACK)

    def snooze(self, minutes: int, now: int) -> None:
        self._check(Command.SNOOZE)
        self.snoozed_before = now + 60 * minutes
        self._follow(Command.SNOOZE)

    def wake(self) -> None:
        self._check(Command.WAKE)
        if not self.snoozed_before:
            raise Refusal(Code.INCIDENT_NOT_SNOOZED)
        self.snoozed_before = 0
        self._follow(Command.WAKE)

    def storm(self, threshold: int) -> None:
        self._check(Command.STORM)
        if threshold not in self.storms:
            self.storms.add(threshold)
            self._follow(Command.STORM)

    def comment(self) -> None:
        self._follow(Command.COMMENT)

    def edit(self, title: str, severity: str) -> None:
        if title != self.title:
            self.title = title
            self._follow(Command.SET_TITLE)
        if severity != self.severity:
            self.severity = severity
            self._follow(Command.SET_SEVERITY)

    def resolve(self, by: int, now: int, command: Command = Command.RESOLVE) -> None:
        self._check(command)
        self.close_time, self.closer, self.snoozed_before = now, by, 0
        self._follow(command)

    def reopen(self, command: Command = Command.REOPEN) -> None:
        self._check(command)
        self.close_time, self.closer, self.merged_into = 0, None, None
        self.acknowledged = {}
        self._follow(command)

    def merge(self, source: "Expected", by: int, now: int) -> None:
        self._check(Command.MERGE)
        source.resolve(by, now, Command.JOIN)
        source.merged_into = self.id
        self._follow(Command.MERGE)

    def unmerge(self, source: "Expected") -> None:
        self._check(Command.UNMERGE)
        if source.merged_into != self.id:
            raise Refusal(Code.INCIDENT_NOT_MERGED)
        source.reopen(Command.LEAVE)
        self._follow(Command.UNMERGE)

    def _check(self, command: Command) -> None:
        """Refuse what is in no progress but this one; what an open one refuses rests on more."""
        cell = COURSE[self.progress][command]
        if cell in {Code.INCIDENT_CLOSED, Code.INCIDENT_OPEN}:
            raise Refusal(cell)

    def _follow(self, command: Command) -> None:
        cell = COURSE[self.progress][command]
        assert not isinstance(cell, Code), "the rules and the table disagree"
        follows, event = cell
        worked_on = self.snoozed_before or self.acknowledged
        by_people = Progress.PROCESSING if worked_on else Progress.TRIGGERED
        self.progress = by_people if follows is ON_PEOPLE else Progress(follows)
        self.told.append(event)

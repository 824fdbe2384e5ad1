"""What can be done to an incident: each command checks, and says what happens.

A decision is made of timeline entries alone; the incident is what they lead to. A refused command
raises and leaves no trace. A snooze that has run out by then ends first, whatever the command.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from tocsin.model import person as people
from tocsin.model import timeline
from tocsin.model.errors import Code, invalid
from tocsin.model.incident import (
    Command,
    Incident,
    NewIncident,
    allowed,
    refusal,
)
from tocsin.model.person import Person
from tocsin.model.timeline import Entry

TITLE_LIMIT = 512
TEXT_LIMIT = 6_144
PEOPLE_LIMIT = 100
SNOOZE_MINUTES = range(1, 1_441)
STORM_THRESHOLDS = range(2, 5_001)


@dataclass(frozen=True)
class Act:
    """Who does something and when (Unix milliseconds). `person` None: it happens by itself. `by`:
    who asked for it in the person's stead."""

    person: Person | None
    now_ms: int
    by: Person | None = None


class Step(NamedTuple):
    """An entry, and the incident as it is right after it."""

    entry: Entry
    incident: Incident


@dataclass(frozen=True)
class Decision:
    """What an incident becomes, and the steps to it. Without steps nothing has happened, but that a
    snooze may have run out that concerned nobody."""

    incident: Incident
    steps: tuple[Step, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is new in the timeline, in order."""
        return tuple(step.entry for step in self.steps)

    def then(self, command: Command, act: Act, **detail: Any) -> Self:
        """With the event of one more command. Refused as COURSE says."""
        event = allowed(self.incident.progress, command)
        if act.by is not None and act.by != act.person:
            detail["by"] = vars(act.by).copy()
        time = max(act.now_ms, self.incident.event_ms + 1)
        entry = Entry(event, time, act.person, detail)
        after = timeline.apply(self.incident, entry)
        return replace(self, incident=after, steps=(*self.steps, Step(entry, after)))


def begin(incident: Incident, now_ms: int) -> Decision:
    """The incident as it stands at that time: a snooze that has run out gives it to its responders
    again, when it was due."""
    due_ms = snoozed_until_ms(incident)
    at = max(now_ms, incident.event_ms + 1)
    awake = timeline.lapsed(incident, at)
    if awake is incident or due_ms is None:
        return Decision(incident)
    if not awake.responders:
        return Decision(awake)
    to = people.as_json(one.person for one in awake.responders)
    expired = Act(None, due_ms)
    return Decision(awake).then(Command.ASSIGN, expired, to=to, reason="snooze expired")


def snoozed_until_ms(incident: Incident) -> int | None:
    """When `begin` has something to do (Unix milliseconds)."""
    return incident.snoozed_before * 1_000 or None


def create(new: NewIncident, people_: Sequence[Person], act: Act) -> Decision:
    """An incident is born, and given to these people if there are any. Refused (`invalid`): a title
    or description that is too long."""
    check_text("title", new.title, TITLE_LIMIT, least=1)
    check_text("description", new.description, TEXT_LIMIT)
    entry = timeline.birth(new, act.person, act.now_ms)
    incident = timeline.born(entry)
    created = Decision(incident, (Step(entry, incident),))
    return _assign(created, people_, act) if people_ else created


def assign(incident: Incident, to: Sequence[Person], act: Act, **why: Any) -> Decision:
    """Give it to these people and nobody else. `why` is added to the detail (rule, level)."""
    return _assign(begin(incident, act.now_ms), to, act, **why)


def add_responders(incident: Incident, to: Sequence[Person], act: Act) -> Decision:
    """Give it to these people too. Nothing happens when all of them are responders."""
    ready = begin(incident, act.now_ms)
    allowed(ready.incident.progress, Command.ADD_RESPONDERS)
    _check_people(to)
    new = [one for one in to if people.find(ready.incident.responders, one) is None]
    if not new:
        return ready
    return ready.then(Command.ADD_RESPONDERS, act, to=people.as_json(new))


def ack(incident: Incident, person: Person, act: Act) -> Decision:
    """This person takes it on, and becomes a responder if they are none."""
    ready = begin(incident, act.now_ms)
    if ready.incident.open and ready.incident.has_acknowledged(person):
        raise refusal(Code.INCIDENT_ALREADY_ACKNOWLEDGED)
    return ready.then(Command.ACK, _as(person, act))


def unack(incident: Incident, person: Person, act: Act) -> Decision:
    """This person takes their acknowledgement back."""
    ready = begin(incident, act.now_ms)
    if ready.incident.open and not ready.incident.has_acknowledged(person):
        raise refusal(Code.INCIDENT_NOT_ACKNOWLEDGED)
    return ready.then(Command.UNACK, _as(person, act))


def snooze(incident: Incident, minutes: int, act: Act) -> Decision:
    """Let it rest so long."""
    if minutes not in SNOOZE_MINUTES:
        raise invalid("minutes", "must be 1 to 1440")
    return begin(incident, act.now_ms).then(Command.SNOOZE, act, minutes=minutes)


def wake(incident: Incident, act: Act) -> Decision:
    """End its snooze."""
    ready = begin(incident, act.now_ms)
    if ready.incident.open and not ready.incident.snoozed_before:
        raise refusal(Code.INCIDENT_NOT_SNOOZED)
    return ready.then(Command.WAKE, act, snoozed_before=ready.incident.snoozed_before)


def storm(incident: Incident, threshold: int, act: Act) -> Decision:
    """So many alerts have come. Nothing happens when that was told before."""
    if threshold not in STORM_THRESHOLDS:
        raise invalid("threshold", "must be 2 to 5000")
    ready = begin(incident, act.now_ms)
    told = ready.incident.open and threshold in ready.incident.storms
    return ready if told else ready.then(Command.STORM, act, threshold=threshold)


def custom(incident: Incident, action_id: str, name: str, act: Act) -> Decision:
    """A custom action was called, with success."""
    ready = begin(incident, act.now_ms)
    return ready.then(Command.CUSTOM, act, integration_id=action_id, integration_name=name)


def comment(incident: Incident, text: str, act: Act) -> Decision:
    """Say something about it."""
    check_text("comment", text, TEXT_LIMIT, least=1)
    return begin(incident, act.now_ms).then(Command.COMMENT, act, comment=text)


def recover(incident: Incident, act: Act) -> Decision:
    """Close it because all its alerts have recovered."""
    ready = begin(incident, act.now_ms)
    end_time = ready.incident.end_time or act.now_ms // 1_000
    return ready.then(Command.RECOVER, act, reason="recovery", end_time=end_time)


def time_out(incident: Incident, act: Act) -> Decision:
    """Close it because no alert has come for too long."""
    return begin(incident, act.now_ms).then(Command.TIME_OUT, act, reason="timeout")


def reopen(incident: Incident, reason: str, act: Act) -> Decision:
    """Open it again; the reason may be empty."""
    check_text("reason", reason, TEXT_LIMIT)
    detail = {"reason": reason} if reason else {}
    return begin(incident, act.now_ms).then(Command.REOPEN, act, **detail)


def check_text(path: str, text: str, limit: int, *, least: int = 0) -> None:
    """Refuse (`invalid`) a text that is too short or too long."""
    if not least <= len(text) <= limit:
        raise invalid(path, f"must be {least} to {limit} characters")


def _assign(ready: Decision, to: Sequence[Person], act: Act, **why: Any) -> Decision:
    allowed(ready.incident.progress, Command.ASSIGN)
    _check_people(to)
    return ready.then(Command.ASSIGN, act, to=people.as_json(to), **why)


def _check_people(to: Iterable[Person]) -> None:
    ids = [one.person_id for one in to]
    if not 1 <= len(ids) <= PEOPLE_LIMIT or len(set(ids)) < len(ids):
        raise invalid("person_ids", f"must be 1 to {PEOPLE_LIMIT} different people")


def _as(person: Person, act: Act) -> Act:
    return replace(act, person=person, by=act.by or act.person)

"""The incident: what is wrong now, who works on it, and the course it takes.

The whole lifecycle is the table `COURSE`. What a command does beside it is in
`model/incident_command.py`, what its events say in `model/timeline.py`.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

from tocsin.model.errors import Code, Refused
from tocsin.model.person import Person, Responders, find
from tocsin.model.severity import Severity, Status

_ROOT = "incident/"


class Progress(StrEnum):
    """Where an incident stands in its course."""

    TRIGGERED = "Triggered"
    PROCESSING = "Processing"  # somebody has acknowledged it, or it is snoozed
    CLOSED = "Closed"


class Command(StrEnum):
    """What can be done to an incident, by people or by itself."""

    ASSIGN = "assign"
    ADD_RESPONDERS = "add responders"
    ACK = "ack"
    UNACK = "unack"
    SNOOZE = "snooze"
    WAKE = "wake"
    EXPIRE = "the snooze runs out"
    STORM = "storm"
    CUSTOM = "custom action"
    RESOLVE = "resolve"
    RECOVER = "all alerts recover"
    TIME_OUT = "no alerts for too long"
    REOPEN = "reopen"
    MERGE = "merge others into it"
    JOIN = "merge it into another"
    UNMERGE = "give a merged one back"
    LEAVE = "be given back"
    COMMENT = "comment"
    SET_TITLE = "set title"
    SET_DESCRIPTION = "set description"
    SET_IMPACT = "set impact"
    SET_ROOT_CAUSE = "set root cause"
    SET_RESOLUTION = "set resolution"
    SET_SEVERITY = "set severity"
    SET_FIELD = "set custom field"


class IncidentEvent(StrEnum):
    """The types of the events about an incident, as the seed names them."""

    NEW = "i_new"
    ASSIGN = "i_assign"
    ADD_RESPONDERS = "i_a_rspd"
    SNOOZE = "i_snooze"
    WAKE = "i_wake"
    ACK = "i_ack"
    UNACK = "i_unack"
    STORM = "i_storm"
    CUSTOM = "i_custom"
    RESOLVE = "i_rslv"
    REOPEN = "i_reopen"
    MERGE = "i_merge"
    COMMENT = "i_comm"
    TITLE = "i_r_title"
    DESCRIPTION = "i_r_desc"
    IMPACT = "i_r_impact"
    ROOT_CAUSE = "i_r_rc"
    RESOLUTION = "i_r_rsltn"
    SEVERITY = "i_r_severity"
    FIELD = "i_r_field"

    @property
    def log_type(self) -> str:
        """The type of the event in the log."""
        return f"tocsin.incident.{self.value.removeprefix('i_')}"


class Depends(Enum):
    """A progress that follows from the people."""

    ON_PEOPLE = "Processing if somebody has acknowledged or it is snoozed, else Triggered"


ON_PEOPLE = Depends.ON_PEOPLE

Cell = tuple[Progress | Depends, IncidentEvent] | Code

_TRIGGERED, _PROCESSING, _CLOSED = Progress

# The whole course. A cell is the progress that follows and the event that says so, or the code of
# the refusal. Two rules beside it: an incident is born Triggered (`i_new`), and within a row the
# event alone says what follows, so that a timeline can be replayed.
COURSE: dict[Progress, dict[Command, Cell]] = {
    Progress.TRIGGERED: {
        Command.ASSIGN: (_TRIGGERED, IncidentEvent.ASSIGN),
        Command.ADD_RESPONDERS: (_TRIGGERED, IncidentEvent.ADD_RESPONDERS),
        Command.ACK: (_PROCESSING, IncidentEvent.ACK),
        Command.UNACK: Code.INCIDENT_NOT_ACKNOWLEDGED,
        Command.SNOOZE: (_PROCESSING, IncidentEvent.SNOOZE),
        Command.WAKE: Code.INCIDENT_NOT_SNOOZED,
        Command.STORM: (_TRIGGERED, IncidentEvent.STORM),
        Command.CUSTOM: (_TRIGGERED, IncidentEvent.CUSTOM),
        Command.RESOLVE: (_CLOSED, IncidentEvent.RESOLVE),
        Command.RECOVER: (_CLOSED, IncidentEvent.RESOLVE),
        Command.TIME_OUT: (_CLOSED, IncidentEvent.RESOLVE),
        Command.REOPEN: Code.INCIDENT_OPEN,
        Command.MERGE: (_TRIGGERED, IncidentEvent.MERGE),
        Command.JOIN: (_CLOSED, IncidentEvent.RESOLVE),
        Command.UNMERGE: (_TRIGGERED, IncidentEvent.COMMENT),
        Command.LEAVE: Code.INCIDENT_OPEN,
        Command.COMMENT: (_TRIGGERED, IncidentEvent.COMMENT),
        Command.SET_TITLE: (_TRIGGERED, IncidentEvent.TITLE),
        Command.SET_DESCRIPTION: (_TRIGGERED, IncidentEvent.DESCRIPTION),
        Command.SET_IMPACT: (_TRIGGERED, IncidentEvent.IMPACT),
        Command.SET_ROOT_CAUSE: (_TRIGGERED, IncidentEvent.ROOT_CAUSE),
        Command.SET_RESOLUTION: (_TRIGGERED, IncidentEvent.RESOLUTION),
        Command.SET_SEVERITY: (_TRIGGERED, IncidentEvent.SEVERITY),
        Command.SET_FIELD: (_TRIGGERED, IncidentEvent.FIELD),
    },
    Progress.PROCESSING: {
        Command.ASSIGN: (ON_PEOPLE, IncidentEvent.ASSIGN),
        Command.ADD_RESPONDERS: (_PROCESSING, IncidentEvent.ADD_RESPONDERS),
        Command.ACK: (_PROCESSING, IncidentEvent.ACK),
        Command.UNACK: (ON_PEOPLE, IncidentEvent.UNACK),
        Command.SNOOZE: (_PROCESSING, IncidentEvent.SNOOZE),
        Command.WAKE: (ON_PEOPLE, IncidentEvent.WAKE),
        Command.EXPIRE: (ON_PEOPLE, IncidentEvent.ASSIGN),
        Command.STORM: (_PROCESSING, IncidentEvent.STORM),
        Command.CUSTOM: (_PROCESSING, IncidentEvent.CUSTOM),
        Command.RESOLVE: (_CLOSED, IncidentEvent.RESOLVE),
        Command.RECOVER: (_CLOSED, IncidentEvent.RESOLVE),
        Command.TIME_OUT: (_CLOSED, IncidentEvent.RESOLVE),
        Command.REOPEN: Code.INCIDENT_OPEN,
        Command.MERGE: (_PROCESSING, IncidentEvent.MERGE),
        Command.JOIN: (_CLOSED, IncidentEvent.RESOLVE),
        Command.UNMERGE: (_PROCESSING, IncidentEvent.COMMENT),
        Command.LEAVE: Code.INCIDENT_OPEN,
        Command.COMMENT: (_PROCESSING, IncidentEvent.COMMENT),
        Command.SET_TITLE: (_PROCESSING, IncidentEvent.TITLE),
        Command.SET_DESCRIPTION: (_PROCESSING, IncidentEvent.DESCRIPTION),
        Command.SET_IMPACT: (_PROCESSING, IncidentEvent.IMPACT),
        Command.SET_ROOT_CAUSE: (_PROCESSING, IncidentEvent.ROOT_CAUSE),
        Command.SET_RESOLUTION: (_PROCESSING, IncidentEvent.RESOLUTION),
        Command.SET_SEVERITY: (_PROCESSING, IncidentEvent.SEVERITY),
        Command.SET_FIELD: (_PROCESSING, IncidentEvent.FIELD),
    },
    Progress.CLOSED: {
        Command.ASSIGN: Code.INCIDENT_CLOSED,
        Command.ADD_RESPONDERS: Code.INCIDENT_CLOSED,
        Command.ACK: Code.INCIDENT_CLOSED,
        Command.UNACK: Code.INCIDENT_CLOSED,
        Command.SNOOZE: Code.INCIDENT_CLOSED,
        Command.WAKE: Code.INCIDENT_CLOSED,
        Command.STORM: Code.INCIDENT_CLOSED,
        Command.CUSTOM: (_CLOSED, IncidentEvent.CUSTOM),
        Command.RESOLVE: Code.INCIDENT_CLOSED,
        Command.RECOVER: Code.INCIDENT_CLOSED,
        Command.TIME_OUT: Code.INCIDENT_CLOSED,
        Command.REOPEN: (_TRIGGERED, IncidentEvent.REOPEN),
        Command.MERGE: Code.INCIDENT_CLOSED,
        Command.JOIN: Code.INCIDENT_CLOSED,
        Command.UNMERGE: Code.INCIDENT_CLOSED,
        Command.LEAVE: (_TRIGGERED, IncidentEvent.REOPEN),
        Command.COMMENT: (_CLOSED, IncidentEvent.COMMENT),
        Command.SET_TITLE: (_CLOSED, IncidentEvent.TITLE),
        Command.SET_DESCRIPTION: (_CLOSED, IncidentEvent.DESCRIPTION),
        Command.SET_IMPACT: (_CLOSED, IncidentEvent.IMPACT),
        Command.SET_ROOT_CAUSE: (_CLOSED, IncidentEvent.ROOT_CAUSE),
        Command.SET_RESOLUTION: (_CLOSED, IncidentEvent.RESOLUTION),
        Command.SET_SEVERITY: (_CLOSED, IncidentEvent.SEVERITY),
        Command.SET_FIELD: (_CLOSED, IncidentEvent.FIELD),
    },
}

_DETAILS = {
    Code.INCIDENT_OPEN: "The incident is open.",
    Code.INCIDENT_CLOSED: "The incident is closed: reopen it first.",
    Code.INCIDENT_ALREADY_ACKNOWLEDGED: "This person has acknowledged the incident already.",
    Code.INCIDENT_NOT_ACKNOWLEDGED: "This person has not acknowledged the incident.",
    Code.INCIDENT_NOT_SNOOZED: "The incident is not snoozed.",
    Code.INCIDENT_NOT_MERGED: "The one is not merged into the other.",
}


def topic_of(incident_id: str) -> str:
    """The topic of what is told of an incident."""
    return f"{_ROOT}{incident_id}"


def id_of(topic: str) -> str:
    """The incident that something on this topic is told of."""
    return topic.removeprefix(_ROOT)


def refusal(code: Code) -> Refused:
    """The refusal that a cell of COURSE stands for."""
    return Refused(code, _DETAILS[code])


def allowed(progress: Progress, command: Command) -> IncidentEvent:
    """The event of a command; refused as COURSE says."""
    cell = COURSE[progress][command]
    if isinstance(cell, Code):
        raise refusal(cell)
    return cell[1]


class GroupMethod(StrEnum):
    """How alerts come together in an incident: not at all, by equal values, by likeness."""

    NONE = "n"
    PATTERN = "p"
    INTELLIGENT = "i"


class ByHand(StrEnum):
    """What alerts no longer overwrite once somebody has set it."""

    TITLE = "title"
    DESCRIPTION = "description"
    SEVERITY = "severity"
    COMPONENTS = "component_ids"


@dataclass(frozen=True)
class NewIncident:
    """What an incident is born with.

    One that an alert makes has its `labels`, `start_time` and `last_time` (Unix seconds), and an
    `alert_cnt` of 1; one that people make has none. `fields` are checked (`custom_field.filled`).
    """

    id: str
    title: str
    severity: Severity
    start_time: int
    last_time: int = 0
    alert_cnt: int = 0
    description: str = ""
    channel_id: int = 0
    channel_name: str = ""
    group_method: GroupMethod = GroupMethod.NONE
    dedup_key: str = ""
    labels: dict[str, str] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    component_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incident:
    """An incident. Times are Unix seconds, 0 when there is none.

    `status` is how bad it is now, `severity` at its worst. `by_hand` is what alerts leave alone.
    `storms` are the thresholds that were reached. `merged_into` is the incident that it was merged
    into, while that is why it is closed. `opened_at` is when it began, or was opened again.
    `event_ms` is the time of its newest event (milliseconds), `version` how many it has; merged
    alerts write none.
    """

    id: str
    title: str
    severity: Severity
    status: Status
    progress: Progress
    created_at: int
    updated_at: int
    start_time: int
    event_ms: int
    version: int
    description: str = ""
    impact: str = ""
    root_cause: str = ""
    resolution: str = ""
    last_time: int = 0
    end_time: int = 0
    ack_time: int = 0
    close_time: int = 0
    snoozed_before: int = 0
    opened_at: int = 0
    labels: dict[str, str] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    creator: Person | None = None
    closer: Person | None = None
    responders: Responders = ()
    alert_cnt: int = 0
    channel_id: int = 0
    channel_name: str = ""
    group_method: GroupMethod = GroupMethod.NONE
    dedup_key: str = ""
    component_ids: tuple[str, ...] = ()
    by_hand: frozenset[ByHand] = frozenset()
    storms: tuple[int, ...] = ()
    merged_into: str | None = None

    @property
    def num(self) -> str:
        """What people call it by: the end of its id, not unique."""
        return self.id[-6:].upper()

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.progress is not Progress.CLOSED

    @property
    def heard_at(self) -> int:
        """Since when it may have been without an alert."""
        return max(self.last_time, self.opened_at)

    @property
    def manual(self) -> bool:
        """Whether people made it, not an alert."""
        return self.creator is not None

    def has_acknowledged(self, person: Person) -> bool:
        """Whether this person has."""
        responder = find(self.responders, person)
        return responder is not None and responder.acknowledged_at > 0

    def after(self, event: IncidentEvent) -> Progress:
        """The progress that follows from an event, once all else that it says is done."""
        return self.by_people(_AFTER[self.progress, event])

    def by_people(self, follows: Progress | Depends) -> Progress:
        """The progress that a cell of COURSE names."""
        if isinstance(follows, Progress):
            return follows
        worked_on = self.snoozed_before or any(one.acknowledged_at for one in self.responders)
        return Progress.PROCESSING if worked_on else Progress.TRIGGERED


_AFTER = {
    (progress, cell[1]): cell[0]
    for progress, row in COURSE.items()
    for cell in row.values()
    if not isinstance(cell, Code)
}

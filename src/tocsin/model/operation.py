"""Operations: one inbox under one id, and its runs, each of which is opened, told of and closed."""

import re
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from tocsin.model.errors import invalid

ID_PATTERN = r"[A-Za-z0-9._:-]{1,128}"
ID_RULE = "must be 1 to 128 of [A-Za-z0-9._:-]"

# How long a run stays open once its end was reported: what is sent as one thing may arrive in
# another order (spec: operations, "Inbox").
CLOSING_MS = 1_000

_ID = re.compile(ID_PATTERN)
_ROOT = "operation/"


def is_id(text: str) -> bool:
    """Whether `text` can name an operation."""
    return _ID.fullmatch(text) is not None


def check_id(text: str, path: str = "id") -> None:
    """Refuse (`invalid`, at `path`) what cannot name an operation."""
    if not is_id(text):
        raise invalid(path, ID_RULE)


def topic_of(operation_id: str) -> str:
    """The topic of the events about an operation."""
    return f"{_ROOT}{operation_id}"


def id_of(topic: str) -> str:
    """The operation that events on this topic are about."""
    return topic.removeprefix(_ROOT)


class OperationEvent(StrEnum):
    """The types of the events about operations."""

    OPENED = "tocsin.operation.opened"
    MESSAGE = "tocsin.operation.message"
    CLOSED = "tocsin.operation.closed"


class Outcome(StrEnum):
    """How a run ended; `abandoned`: nobody said how, and nobody spoke or listened any more."""

    SUCCESS = "success"
    ERROR = "error"
    ABANDONED = "abandoned"


class State(StrEnum):
    """Where an operation stands in its last run."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Happening(Enum):
    """What can happen to an operation."""

    OPEN = auto()
    """It is to be opened."""
    MESSAGES = auto()
    """Somebody tells something."""
    AWAITED = auto()
    """Somebody tells something, and somebody else waits for a new run."""
    END = auto()
    """Its end is reported, by the bus."""
    FINISH = auto()
    """It is closed by a call."""
    DUE = auto()
    """The second after its reported end has passed."""
    IDLE = auto()
    """Nobody has told anything or listened for too long."""


class Step(Enum):
    """What follows from a happening."""

    BEGIN = auto()
    """Begin the next run."""
    TELL = auto()
    """Put the messages into the run."""
    DROP = auto()
    """Let the messages go."""
    PLAN = auto()
    """Close the run in a second."""
    CLOSE = auto()
    """Close the run."""
    REMOVE = auto()
    """Forget the operation."""


# The whole course of an operation. What is not listed has no effect. Two rules stand behind it:
# what is told belongs to the run that is open, and a closed run never changes.
_COURSE: dict[State | None, dict[Happening, tuple[Step, ...]]] = {
    None: {
        Happening.OPEN: (Step.BEGIN,),
        Happening.MESSAGES: (Step.BEGIN, Step.TELL),
        Happening.AWAITED: (Step.BEGIN, Step.TELL),
    },
    State.OPEN: {
        Happening.MESSAGES: (Step.TELL,),
        Happening.AWAITED: (Step.TELL,),
        Happening.END: (Step.PLAN,),
        Happening.FINISH: (Step.CLOSE,),
        Happening.IDLE: (Step.CLOSE, Step.REMOVE),
    },
    State.CLOSING: {
        Happening.OPEN: (Step.CLOSE, Step.BEGIN),
        Happening.MESSAGES: (Step.TELL,),
        Happening.AWAITED: (Step.TELL,),
        Happening.FINISH: (Step.CLOSE,),
        Happening.DUE: (Step.CLOSE,),
    },
    State.CLOSED: {
        Happening.OPEN: (Step.BEGIN,),
        Happening.MESSAGES: (Step.DROP,),
        Happening.AWAITED: (Step.BEGIN, Step.TELL),
    },
}


def steps(state: State | None, happening: Happening) -> tuple[Step, ...]:
    """What has to be done, in this order, when that happens in this state; None is that of an
    operation that nobody knows yet."""
    return _COURSE[state].get(happening, ())


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an operation, the `number`th.

    `opened` and `closed` are the sequences of those events, `newest` that of its last message.
    `closing_ms` (Unix) is when it is due to be closed with `outcome`; `active_at` is when anything
    last happened to it, while it is open. The other times are Unix seconds.
    """

    number: int
    opened_at: int
    opened: int
    messages: int = 0
    newest: int | None = None
    outcome: Outcome | None = None
    closing_ms: int | None = None
    closed_at: int | None = None
    closed: int | None = None
    active_at: int | None = None

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.closed is not None:
            return State.CLOSED
        return State.OPEN if self.closing_ms is None else State.CLOSING

    def told(self, count: int, newest: int, now: int) -> "Run":
        """With so many more messages, the last of them at the sequence `newest`."""
        return replace(self, messages=self.messages + count, newest=newest, active_at=now)

    def planned(self, outcome: Outcome, now_ms: int) -> "Run":
        """To be closed in a second."""
        return replace(self, outcome=outcome, closing_ms=now_ms + CLOSING_MS)

    def ended(self, outcome: Outcome, closed_ms: int, sequence: int) -> "Run":
        """Closed at that time, by the event of that sequence."""
        return replace(
            self,
            outcome=outcome,
            closing_ms=None,
            closed_at=closed_ms // 1_000,
            closed=sequence,
            active_at=None,
        )

    def ends_ms(self, now_ms: int) -> int:
        """The time of its closing if it is closed now: when that was planned, unless that is yet to
        come."""
        return now_ms if self.closing_ms is None else min(self.closing_ms, now_ms)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, in its last run."""

    id: str
    name: str
    last: Run

    @property
    def state(self) -> State:
        """Where it stands."""
        return self.last.state


@dataclass(frozen=True, slots=True)
class Open:
    """An instruction: open the operation, unless it is open. Without a name it keeps its own."""

    operation_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """An instruction: put these messages, JSON objects ready for the wire, into the operation."""

    operation_id: str
    messages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class End:
    """An instruction: the operation has ended so; close it in a second."""

    operation_id: str
    outcome: Outcome


Instruction = Open | Tell | End

"""Deliveries: an event on its way to an endpoint (spec: webhooks, "Delivery").

The whole lifecycle is the table `_COURSE`. What an attempt comes to is decided in
`model/retrying.py`, which of a key's deliveries may go in `model/delivery_queue.py`.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"  # to be sent when it is due
    WAITING = "waiting"  # behind another of its key
    SENDING = "sending"  # taken by a worker
    DELIVERED = "delivered"
    FAILED = "failed"  # for good
    SUPERSEDED = "superseded"  # a newer one of its key took its place
    CANCELLED = "cancelled"  # its endpoint was disabled or deleted, or the store restored


class Happening(Enum):
    """What can happen to a delivery."""

    FREED = auto()
    """The one of its key that it waits for has ended."""
    TAKEN = auto()
    """A worker takes it, to send it."""
    GIVEN_BACK = auto()
    """Its worker has not begun to send it, or is dead."""
    ARRIVED = auto()
    """An attempt succeeded."""
    DELAYED = auto()
    """An attempt failed, and another is to be made."""
    GIVEN_UP = auto()
    """An attempt failed, and no other is to be made."""
    PASSED_OVER = auto()
    """A newer one of its key takes its place."""
    DROPPED = auto()
    """Its endpoint wants no more of anything."""


# What is not listed cannot happen. Two rules stand behind it: what a worker has taken ends or comes
# back only by that worker's word or death, and what has ended never changes. One that failed when a
# newer one is there, or its endpoint is not, is delayed first, and passed over or dropped then.
_COURSE: dict[State, dict[Happening, State]] = {
    State.PENDING: {
        Happening.TAKEN: State.SENDING,
        Happening.PASSED_OVER: State.SUPERSEDED,
        Happening.DROPPED: State.CANCELLED,
    },
    State.WAITING: {
        Happening.FREED: State.PENDING,
        Happening.PASSED_OVER: State.SUPERSEDED,
        Happening.DROPPED: State.CANCELLED,
    },
    State.SENDING: {
        Happening.GIVEN_BACK: State.PENDING,
        Happening.ARRIVED: State.DELIVERED,
        Happening.DELAYED: State.PENDING,
        Happening.GIVEN_UP: State.FAILED,
    },
    State.DELIVERED: {},
    State.FAILED: {},
    State.SUPERSEDED: {},
    State.CANCELLED: {},
}

UNFINISHED = frozenset(state for state, course in _COURSE.items() if course)


def after(state: State, happening: Happening) -> State | None:
    """The state that follows; None: that cannot happen in this one."""
    return _COURSE[state].get(happening)


def states_before(happening: Happening) -> frozenset[State]:
    """The states in which that can happen: whose rows a statement may change so."""
    return frozenset(state for state, course in _COURSE.items() if happening in course)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One event for one endpoint.

    `sequence` is the event's place in the log, `webhook_id` its id for receivers. `ordinal` is its
    place among the events of its `key` at this endpoint, from 1, `previous_id` the id of the one
    before it there, `superseded` how many right before it were passed over. `base_url` is the
    server's address when the row was written, of which links in the body are made, so that every
    attempt sends the same bytes. `tries` counts the attempts made, `due_ms` (Unix) is when the next
    may be, `reason` says why it ended as it did.
    """

    id: str
    endpoint_id: str
    sequence: int
    event_type: str
    key: str
    webhook_id: str
    ordinal: int
    previous_id: str | None
    superseded: int
    base_url: str
    state: State
    due_ms: int
    tries: int
    created_ms: int
    ended_ms: int | None = None
    reason: str | None = None

"""Deliveries: an event on its way to an endpoint (spec: webhooks, "Delivery")."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"  # to be sent when it is due
    WAITING = "waiting"  # behind another of its key
    SENDING = "sending"  # taken by a worker
    DELIVERED = "delivered"
    FAILED = "failed"  # for good
    SUPERSEDED = "superseded"  # a newer one of its key took its place
    CANCELLED = "cancelled"  # its endpoint was disabled or deleted


UNFINISHED = frozenset({State.PENDING, State.WAITING, State.SENDING})


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

"""The event: one line of the log, and the change it belongs to."""

import msgspec

# Where an event comes from, unless its publisher says so.
SOURCE = "/tocsin"


class Event(msgspec.Struct, frozen=True, gc=False):
    """One committed fact. `data` is JSON text exactly as it was given, never parsed again.

    `change` is the sequence of the first event of the change this one belongs to: what one call or
    one timer wrote together, which every surface shows together. `time_ms` is when it happened (a
    publisher may say so), `recorded_ms` when it was committed; both Unix milliseconds. `key` is
    what orders it for receivers that work in parallel. `data` is empty when there is none.
    """

    sequence: int
    change: int
    type: str
    topic: str
    key: str
    source: str
    time_ms: int
    recorded_ms: int
    data: bytes


# All events of one unit of work, in order; they have the same `change`.
Change = tuple[Event, ...]


class NewEvent(msgspec.Struct, frozen=True, gc=False):
    """An event as a publisher gave it, checked but not yet in the log.

    `id` is the publisher's own name for it, by which a repeated publish is stored once. Where
    `time_ms` or `key` is absent, the time of the commit and the topic stand in.
    """

    type: str
    topic: str
    data: bytes = b""
    id: str | None = None
    time_ms: int | None = None
    key: str | None = None
    source: str = SOURCE

"""What comes out of the client library."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec


@dataclass(frozen=True, slots=True)
class Published:
    """Where events stand in the log: from `first` to `last`; `count` of them were newly stored."""

    first: str
    last: str
    count: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice that was published: its id, and its event's position."""

    id: str
    position: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of a class. `args` is what it says, `text` the whole frame as the server sent it;
    this server's own classes have the CloudEvent as `args`."""

    class_: str
    args: Any
    position: str
    text: str


@dataclass(frozen=True, slots=True)
class OperationMessage:
    """What an operation says: `level` is `INFO`, `SUCCESS`, `ERROR`, any other word or empty."""

    body: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the log. `text` is the whole CloudEvent as the server sent it."""

    position: str
    type: str
    topic: str
    time: datetime
    key: str
    source: str
    data: Any
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server says about the place a stream goes on from.

    `live`: from now on. `resumed`: nothing was missed. `gap`: `missed` events had been removed
    before they were read. `reset`: the position was not of this log, and what follows is all there
    is.
    """

    verdict: Literal["live", "resumed", "gap", "reset"]
    position: str
    first_available: str
    missed: int | None


Message = Event | Verdict

VERDICT = "tocsin.resume"


class _CloudEvent(msgspec.Struct):
    id: str
    type: str
    subject: str
    time: datetime
    source: str
    key: str = ""
    data: Any = None


class _Verdict(msgspec.Struct):
    verdict: Literal["live", "resumed", "gap", "reset"]
    position: str
    first_available: str
    missed: int | None


_decode_event = msgspec.json.Decoder(_CloudEvent).decode
_decode_verdict = msgspec.json.Decoder(_Verdict).decode


def read(name: str, text: str) -> Message:
    """The message that a frame of the event stream carries, by the frame's `event` and `data`.

    Raises msgspec.MsgspecError for a frame that is none of Tocsin's.
    """
    if name == VERDICT:
        said = _decode_verdict(text)
        return Verdict(said.verdict, said.position, said.first_available, said.missed)
    told = _decode_event(text)
    return Event(
        position=told.id,
        type=told.type,
        topic=told.subject,
        time=told.time,
        key=told.key,
        source=told.source,
        data=told.data,
        text=text,
    )

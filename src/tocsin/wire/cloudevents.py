"""Events as CloudEvents 1.0 in structured JSON, as they go out and as publishers send them in."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tocsin.model.errors import invalid
from tocsin.model.event import SOURCE, Event, NewEvent
from tocsin.model.topic import check_topic, check_type
from tocsin.wire import document

EVENTS_LIMIT = 1_000
DATA_LIMIT = 256 * 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = timedelta(seconds=253_402_300_800)
_quoted = msgspec.json.Encoder().encode


def render(event: Event, epoch: str) -> bytes:
    """The event as JSON; its `id` is its position in the log of `epoch`. Its data is spliced in as
    it was given, never parsed; an event without data has no `data`.
    """
    topic = event.topic
    seconds, milliseconds = divmod(event.time_ms, 1000)
    head = (
        f'{{"specversion":"1.0","id":"{epoch}-{event.sequence}","sequence":"{event.sequence}",'
        f'"type":"{event.type}","subject":"{topic}","time":"{_second(seconds)}.{milliseconds:03}Z",'
    )
    key = b'"%b"' % topic.encode() if event.key == topic else _quoted(event.key)
    return b"".join(
        (head.encode(), b'"source":', _quoted(event.source), b',"key":', key, *_data(event.data))
    )


def _data(data: bytes) -> tuple[bytes, ...]:
    if not data:
        return (b"}",)
    return b',"datacontenttype":"application/json","data":', data, b"}"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"


_Name = Annotated[str, Meta(min_length=1, max_length=255)]
_Time = Annotated[datetime, Meta(tz=True)] | Annotated[int, Meta(ge=0, le=253_402_300_799)]


class PublishedEvent(msgspec.Struct, forbid_unknown_fields=True):
    """An event as a publisher sends it: by Tocsin's names or CloudEvents' own (`subject`: `topic`).

    `time` is RFC 3339 or Unix seconds. All but `data` may be null instead of absent.
    """

    type: str
    topic: str | None = None
    data: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    id: _Name | None = None
    time: _Time | None = None
    key: _Name | None = None
    subject: str | None = None
    source: _Name | None = None
    specversion: Literal["1.0"] | None = None
    datacontenttype: str | None = None


_Published = PublishedEvent | list[PublishedEvent]
_decoder: msgspec.json.Decoder[_Published] = msgspec.json.Decoder(_Published)
_JSON_MEDIA_TYPE = re.compile(r"application/([\w.-]+\+)?json\s*(;.*)?", re.IGNORECASE)


def from_json(body: bytes) -> list[NewEvent]:
    """The events of a published document: one, or an array of 1 to 1,000.

    Refuses the whole (`invalid`) when anything in it is not as it should be, naming the field and,
    in an array, the event's place.
    """
    given = _typed(body)
    if isinstance(given, PublishedEvent):
        return [_checked(given, "")]
    _check_count(len(given))
    return [_checked(one, f"{index}.") for index, one in enumerate(given)]


def from_ndjson(body: bytes) -> list[NewEvent]:
    """The events of a published document with one on each line, 1 to 1,000; empty lines do not
    count. Refuses as `from_json`; the place of an event is its line, the first being 0."""
    lines = [(index, line) for index, line in enumerate(body.split(b"\n")) if line.strip()]
    _check_count(len(lines))
    return [_from_line(line, f"{index}.") for index, line in lines]


def _from_line(line: bytes, prefix: str) -> NewEvent:
    given = _typed(line, prefix)
    if not isinstance(given, PublishedEvent):
        raise invalid(prefix.rstrip("."), "must be one event")
    return _checked(given, prefix)


def _typed(body: bytes, prefix: str = "") -> PublishedEvent | list[PublishedEvent]:
    document.decode(body)
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise document.mistyped(str(error), prefix) from error


def _check_count(count: int) -> None:
    if not 1 <= count <= EVENTS_LIMIT:
        raise invalid("body", f"must be 1 to {EVENTS_LIMIT:,} events")


def _checked(given: PublishedEvent, prefix: str) -> NewEvent:
    data = bytes(given.data)
    check_type(given.type, f"{prefix}type")
    if len(data) > DATA_LIMIT:
        raise invalid(f"{prefix}data", f"must be at most {DATA_LIMIT:,} bytes")
    if given.datacontenttype and not _JSON_MEDIA_TYPE.fullmatch(given.datacontenttype):
        raise invalid(f"{prefix}datacontenttype", "must be a JSON media type")
    return NewEvent(
        type=given.type,
        topic=_topic(given, prefix),
        data=data,
        id=given.id,
        time_ms=_milliseconds(given.time, f"{prefix}time"),
        key=given.key,
        source=given.source or SOURCE,
    )


def _topic(given: PublishedEvent, prefix: str) -> str:
    topic = given.subject if given.topic is None else given.topic
    if topic is None:
        raise invalid(f"{prefix}topic", "is missing")
    if given.subject not in (None, topic):
        raise invalid(f"{prefix}subject", "is another name for topic, which says something else")
    check_topic(topic, f"{prefix}topic")
    return topic


def _milliseconds(time: datetime | int | None, path: str) -> int | None:
    if time is None:
        return None
    seconds = timedelta(seconds=time) if isinstance(time, int) else time - _EPOCH
    if not timedelta() <= seconds < _END:
        raise invalid(path, "must be in the years 1970 to 9999")
    return seconds // timedelta(milliseconds=1)

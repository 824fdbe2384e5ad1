"""What of the log an endpoint wants to be told."""

from functools import lru_cache
from typing import assert_never

import msgspec

from tocsin.model.endpoint import Endpoint, Kind, Profile, topic_of
from tocsin.model.event import Event
from tocsin.model.topic import TopicFilter

_OF_INCIDENTS = "tocsin.incident."


def wants(endpoint: Endpoint, event: Event) -> str | None:
    """The type of the event as the endpoint calls it; None: it is not to be told of it.

    What is said of an endpoint is never told to that endpoint: that it fails would make it fail.
    """
    if endpoint.kind is not Kind.PUSH or not endpoint.enabled:
        return None
    if event.topic == topic_of(endpoint.id):
        return None
    match endpoint.profile:
        case Profile.CLOUDEVENTS:
            return _wants_event(endpoint, event)
        case Profile.FLASHDUTY:
            return _wants_push(endpoint, event)
        case _:
            assert_never(endpoint.profile)


def _wants_event(endpoint: Endpoint, event: Event) -> str | None:
    if endpoint.event_types and event.type not in endpoint.event_types:
        return None
    if endpoint.topics and not TopicFilter.parse(endpoint.topics).matches(event.topic):
        return None
    return event.type


def _wants_push(endpoint: Endpoint, event: Event) -> str | None:
    if not event.type.startswith(_OF_INCIDENTS):
        return None
    push = _read(event.data)
    if endpoint.event_types and push.event_type not in endpoint.event_types:
        return None
    if endpoint.channels and push.incident.channel_id not in endpoint.channels:
        return None
    return push.event_type


class _Incident(msgspec.Struct, frozen=True):
    channel_id: int


class _Push(msgspec.Struct, frozen=True):
    event_type: str
    incident: _Incident


_decode = msgspec.json.Decoder(_Push).decode


# Every endpoint is asked for the same event, one after the other.
@lru_cache(maxsize=16)
def _read(data: bytes) -> _Push:
    return _decode(data)

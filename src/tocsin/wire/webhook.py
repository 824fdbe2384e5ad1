"""What endpoints are sent: bodies in the words of their profile, and the headers that go with them.

Bodies are spliced of the bytes in the log, so that every attempt sends the same.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

import tocsin
from tocsin.model.delivery import Delivery
from tocsin.model.endpoint import Endpoint
from tocsin.model.event import Event
from tocsin.model.position import Position
from tocsin.wire import cloudevents, flashduty

USER_AGENT: Final = f"Tocsin/{tocsin.__version__}"

_quoted = msgspec.json.Encoder().encode


class _IncidentEvent(msgspec.Struct):
    """What `incident_event.data` wrote, member by member as it stands there."""

    event_time: msgspec.Raw
    event_type: msgspec.Raw
    incident: msgspec.Raw
    person: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


_told = msgspec.json.Decoder(_IncidentEvent).decode


def body(event: Event, webhook_id: str, base_url: str) -> bytes:
    """The body that tells of an event; FlashDuty's profile can tell of incidents' alone.

    `webhook_id` is what `wire/webhook_id.py` called it when it was told first: it says in whose
    words that was, and of which log, which may have been restored since. `base_url` is the server's
    address, of which the link in the body is made.
    """
    position = Position.parse(webhook_id)
    if position is None:
        return _pushed(event, webhook_id, base_url)
    return cloudevents.render(event, position.epoch)


def _pushed(event: Event, webhook_id: str, base_url: str) -> bytes:
    """As `flashduty.push` makes it, of the bytes in the log. `detail_url` stands before
    `group_method`, after which there are no objects that could have a member of that name."""
    told = _told(event.data)
    before, group_method, after = bytes(told.incident).rpartition(b',"group_method":')
    link = _quoted(flashduty.detail_url(base_url, event.key))
    person = (b',"person":', told.person) if told.person else ()
    return b"".join(
        (
            *(b'{"event_time":', told.event_time, b',"event_type":', told.event_type),
            *(b',"event_id":"', webhook_id.encode(), b'"', *person),
            *(b',"incident":', before, b',"detail_url":', link, group_method, after, b"}"),
        )
    )


def headers(
    endpoint: Endpoint,
    webhook_id: str,
    at: int,
    signatures: Sequence[str],
    delivery: Delivery | None = None,
) -> dict[str, str]:
    """The request's headers, `at` being Unix seconds and `signatures` those by every secret that is
    valid then (Standard Webhooks 1.0). Without a `delivery` it is outside the order of its key, as
    tests and custom actions are. `tocsin-superseded` is absent instead of 0."""
    return {
        "Content-Type": "application/json",
        **endpoint.headers,
        "User-Agent": USER_AGENT,
        "webhook-id": webhook_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
        **(_place(delivery) if delivery else {}),
    }


def _place(delivery: Delivery) -> dict[str, str]:
    """Where a delivery stands among those of its key to its endpoint."""
    place = {"tocsin-sequence": str(delivery.ordinal)}
    if delivery.previous_id is not None:
        place["tocsin-previous-id"] = delivery.previous_id
    if delivery.superseded:
        place["tocsin-superseded"] = str(delivery.superseded)
    return place

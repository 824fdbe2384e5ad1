"""What is asked of endpoints, as the API takes it. What fields mean together, and what texts mean,
is checked by model/endpoint.py."""

import binascii
from base64 import b64decode, b64encode
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from tocsin.app.endpoints import EndpointChanges, NewEndpoint
from tocsin.app.redelivery import Asked, Bound
from tocsin.http.body import TIMES, Body, Name
from tocsin.http.incident_bodies import Number
from tocsin.http.patch import Patch, Repeated, Unheeded, absent
from tocsin.model import endpoint_headers
from tocsin.model.endpoint import (
    CHANNELS_LIMIT,
    EVENT_TYPES_LIMIT,
    MAX_ATTEMPTS,
    RATE_PER_S,
    TIMEOUT_MS,
    Kind,
    Order,
    Profile,
)
from tocsin.model.errors import invalid
from tocsin.model.hook_url import URL_LIMIT
from tocsin.model.position import Position
from tocsin.model.resume import Moment
from tocsin.model.topic import PATTERNS_LIMIT
from tocsin.wire import signature
from tocsin.wire.signature import BadSecret

KindName = Annotated[Kind, Field(strict=False)]
ProfileName = Annotated[Profile, Field(strict=False)]
OrderName = Annotated[Order, Field(strict=False)]
Url = Annotated[str, Field(min_length=1, max_length=URL_LIMIT, description="http or https.")]
EventType = Annotated[str, Field(min_length=1, max_length=255)]
EventTypes = Annotated[
    tuple[EventType, ...],
    Field(
        strict=False,
        max_length=EVENT_TYPES_LIMIT,
        description="`i_ack` for flashduty, `tocsin.incident.ack` for cloudevents; none: all.",
    ),
]
Channels = Annotated[
    tuple[Number, ...],
    Field(strict=False, max_length=CHANNELS_LIMIT, description="For flashduty; none: all."),
]
Topics = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(
        strict=False, max_length=PATTERNS_LIMIT, description="Patterns, for cloudevents; none: all."
    ),
]
Headers = Annotated[
    dict[str, Annotated[str, Field(max_length=endpoint_headers.VALUE_LIMIT)]],
    Field(max_length=endpoint_headers.HEADERS_LIMIT, description="Added to every request."),
]
Timeout = Annotated[int, Field(ge=TIMEOUT_MS.start, lt=TIMEOUT_MS.stop)]
Attempts = Annotated[int, Field(ge=MAX_ATTEMPTS.start, lt=MAX_ATTEMPTS.stop)]
Rate = Annotated[int, Field(ge=RATE_PER_S.start, lt=RATE_PER_S.stop, description="0: no limit.")]


class Secretive(Body):
    """A body in which a secret may be: without one, one is made up."""

    secret: Annotated[str | None, Field(max_length=255, description="`whsec_` and base64.")] = None

    def own_secret(self) -> str | None:
        """The secret that the caller has chosen, in the form in which every library takes it.
        Refused (invalid): it is none."""
        if self.secret is None:
            return None
        try:
            key = signature.key(self.secret)
        except BadSecret as error:
            raise invalid("secret", str(error)) from error
        return signature.PREFIX + b64encode(key).decode()


class WebhookIn(Secretive):
    """An endpoint to be made. How long and how often is tried is by default for the profile to say;
    without `secret` one is made up."""

    name: Name
    url: Url
    profile: ProfileName
    kind: KindName = Kind.PUSH
    event_types: EventTypes = ()
    channels: Channels = ()
    topics: Topics = ()
    headers: Headers = Field(default_factory=dict)
    timeout_ms: Timeout | None = None
    max_attempts: Attempts | None = None
    order: OrderName = Order.STRICT
    verify_tls: bool = True
    rate_per_s: Rate = 0
    enabled: bool = True

    def new(self) -> NewEndpoint:
        """What the unit of work takes."""
        return NewEndpoint(**self.model_dump(exclude={"enabled", "secret"}))


class WebhookPatch(Patch):
    """What to change of an endpoint; a list or object replaces the whole of what there was."""

    name: Name = absent()
    url: Url = absent()
    event_types: EventTypes = absent()
    channels: Channels = absent()
    topics: Topics = absent()
    headers: Headers = absent()
    timeout_ms: Timeout = absent()
    max_attempts: Attempts = absent()
    order: OrderName = absent()
    verify_tls: bool = absent()
    rate_per_s: Rate = absent()
    enabled: bool = absent()
    id: Repeated = absent()
    kind: Repeated = absent()
    profile: Repeated = absent()
    owner: Repeated = absent()
    secret: Repeated = absent()
    previous_secrets: Repeated = absent()
    disabled_reason: Repeated = absent()
    created_at: Repeated = absent()
    health: Unheeded = absent()
    warnings: Unheeded = absent()

    def changes(self) -> EndpointChanges:
        """What the unit of work takes, but for `enabled`."""
        given = self.given()
        given.pop("enabled", None)
        return EndpointChanges(**given)


class RotationIn(Secretive):
    """Another secret for an endpoint."""


class SampleIn(Body):
    """Of which type the sample is to be; by default what is usual for the endpoint."""

    event_type: EventType | None = None


PlaceInLog = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[0-9a-z]{1,40}-(0|[1-9][0-9]{0,18})$"},
                {"type": "integer", "minimum": TIMES.start, "maximum": TIMES[-1]},
                {"type": "null"},
            ],
            "description": "A position, or Unix seconds.",
        }
    ),
]


class ReplayIn(Body):
    """Which part of the log is to be told again: after a position, or from a time on, up to a
    position or before a time. By default all that is still there."""

    since: PlaceInLog = None
    until: PlaceInLog = None
    only_failed: Annotated[
        bool, Field(description="Only what did not arrive, for as long as that is known.")
    ] = False

    def asked(self) -> Asked:
        """What the unit of work takes. Refused (invalid): what is no place in a log."""
        return Asked(_bound(self.since, "since"), _bound(self.until, "until"), self.only_failed)


class DoctorIn(Body):
    """A request as its receiver has got it, and the secret that it was checked with."""

    secret: Annotated[str, Field(max_length=1_000)]
    headers: dict[str, str]
    body: Annotated[str, Field(description="Its bytes in base64.")]

    def bytes_of_body(self) -> bytes:
        """The body. Refused (invalid): that is no base64."""
        try:
            return b64decode(self.body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid("body", "has to be base64") from error


def _bound(place: Any, path: str) -> Bound | None:
    match place:
        case None:
            return None
        case str() if position := Position.parse(place):
            return position
        case int() if not isinstance(place, bool) and place in TIMES:
            return Moment(place * 1_000)
        case _:
            raise invalid(path, "has to be a position, or Unix seconds")

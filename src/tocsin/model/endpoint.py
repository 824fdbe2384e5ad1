"""Endpoints: where what happens is pushed to, and what of it (spec: webhooks, "Endpoint")."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple

from tocsin.model import endpoint_headers
from tocsin.model.errors import invalid
from tocsin.model.hook_url import read_url
from tocsin.model.incident import IncidentEvent
from tocsin.model.sending_rate import RATE_LIMIT
from tocsin.model.topic import PATTERNS_LIMIT, TYPE_PATTERN, Pattern

_ROOT: Final = "endpoint/"

# How long a secret that was replaced still signs, in seconds.
ROTATION_S: Final = 24 * 3_600
# How many requests one endpoint gets at the same time.
CONCURRENCY: Final = 8
# How many secrets that were replaced may sign beside the one that replaced them.
PREVIOUS_SECRETS_LIMIT: Final = 10

NAME_LIMIT: Final = 255
EVENT_TYPES_LIMIT: Final = 100
CHANNELS_LIMIT: Final = 100
TIMEOUT_MS: Final = range(100, 30_001)
MAX_ATTEMPTS: Final = range(1, 21)
RATE_PER_S: Final = range(RATE_LIMIT + 1)

_TYPE = re.compile(TYPE_PATTERN)
_INCIDENT_EVENTS: Final = frozenset(IncidentEvent)


class Kind(StrEnum):
    """Whether an endpoint is told by itself, or called when somebody presses its button."""

    PUSH = "push"
    ACTION = "action"


class Profile(StrEnum):
    """In whose words an endpoint is told, and by whose rules."""

    FLASHDUTY = "flashduty"
    CLOUDEVENTS = "cloudevents"


class Effort(NamedTuple):
    """How hard it is tried to tell an endpoint; the fields are those of an Endpoint."""

    timeout_ms: int
    max_attempts: int


# What an endpoint gets that does not say otherwise (spec: webhooks, "Endpoint" and "Delivery").
EFFORT: Final = {
    Profile.FLASHDUTY: Effort(timeout_ms=2_000, max_attempts=2),
    Profile.CLOUDEVENTS: Effort(timeout_ms=15_000, max_attempts=11),
}


class Order(StrEnum):
    """What holds between the events of one key (spec: webhooks, "Delivery")."""

    STRICT = "strict"  # the next waits until the one before has arrived, or failed for good
    SUPERSEDE = "supersede"  # a newer one takes the place of those that still wait
    NONE = "none"


class Reason(StrEnum):
    """Why an endpoint is disabled."""

    BY_HAND = "by_hand"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # nothing has arrived for five days


@dataclass(frozen=True)
class OldSecret:
    """A secret that was replaced; it signs until `expires_at` (Unix seconds)."""

    secret: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where events are pushed to.

    Empty `event_types`, `channels` and `topics` choose everything. `event_types` are by the profile
    FlashDuty's (`i_ack`) or the log's (`tocsin.incident.ack`); `channels` belong to FlashDuty's
    profile, `topics` (patterns) to the other. `owner` is the number of the person who made it,
    `max_attempts` counts the first, `rate_per_s` 0 is no limit.
    """

    id: str
    name: str
    kind: Kind
    url: str
    profile: Profile
    owner: int
    secret: str = field(repr=False)
    previous_secrets: tuple[OldSecret, ...] = ()
    event_types: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout_ms: int
    max_attempts: int
    order: Order = Order.STRICT
    verify_tls: bool = True
    rate_per_s: int = 0
    enabled: bool = True
    disabled_reason: Reason | None = None
    created_at: int
    version: int = 1


def topic_of(endpoint_id: str) -> str:
    """The topic of what is told of an endpoint."""
    return f"{_ROOT}{endpoint_id}"


def id_of(topic: str) -> str:
    """The endpoint that something on this topic is told of."""
    return topic.removeprefix(_ROOT)


def secrets(endpoint: Endpoint, now: int) -> list[str]:
    """The secrets that sign at this time (Unix seconds), newest first."""
    return [
        endpoint.secret,
        *(old.secret for old in endpoint.previous_secrets if old.expires_at > now),
    ]


def rotated(endpoint: Endpoint, secret: str, now: int) -> Endpoint:
    """The endpoint with a new secret, beside which the one before signs for ROTATION_S.

    Those past their time are dropped, and the oldest beyond PREVIOUS_SECRETS_LIMIT.
    """
    replaced = OldSecret(endpoint.secret, now + ROTATION_S)
    valid = (old for old in endpoint.previous_secrets if old.expires_at > now)
    kept = (replaced, *valid)[:PREVIOUS_SECRETS_LIMIT]
    return replace(endpoint, secret=secret, previous_secrets=kept)


def checked(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its URL in the form in which it is kept. Refuses (`invalid`) what makes no
    sense. Whether its channels exist and its host may be called is for others to know."""
    if not 1 <= len(endpoint.name) <= NAME_LIMIT:
        raise invalid("name", f"must be 1 to {NAME_LIMIT} characters")
    if endpoint.kind is Kind.ACTION:
        _check_action(endpoint)
    _check_event_types(endpoint)
    _check_channels(endpoint)
    _check_topics(endpoint)
    endpoint_headers.check(endpoint.headers)
    _check_number("timeout_ms", endpoint.timeout_ms, TIMEOUT_MS)
    _check_number("max_attempts", endpoint.max_attempts, MAX_ATTEMPTS)
    _check_number("rate_per_s", endpoint.rate_per_s, RATE_PER_S)
    return replace(endpoint, url=read_url(endpoint.url))


def check_event_type(profile: Profile, event_type: str, path: str) -> None:
    """Refuse (`invalid`, at `path`) what the profile has no event of."""
    if profile is Profile.FLASHDUTY and event_type not in _INCIDENT_EVENTS:
        raise invalid(path, f"must be one of {', '.join(IncidentEvent)}")
    if not _TYPE.fullmatch(event_type):
        raise invalid(path, "must be 1 to 255 of [A-Za-z0-9._:/+-]")


def _check_action(endpoint: Endpoint) -> None:
    if endpoint.profile is not Profile.FLASHDUTY:
        raise invalid("profile", "must be flashduty for a custom action")
    if endpoint.event_types:
        raise invalid("event_types", "must be empty for a custom action, which is sent i_custom")


def _check_event_types(endpoint: Endpoint) -> None:
    _check_list("event_types", endpoint.event_types, EVENT_TYPES_LIMIT)
    for at, event_type in enumerate(endpoint.event_types):
        check_event_type(endpoint.profile, event_type, f"event_types.{at}")


def _check_channels(endpoint: Endpoint) -> None:
    if endpoint.channels and endpoint.profile is not Profile.FLASHDUTY:
        raise invalid("channels", "must be empty but for profile flashduty")
    _check_list("channels", endpoint.channels, CHANNELS_LIMIT)


def _check_topics(endpoint: Endpoint) -> None:
    if endpoint.topics and endpoint.profile is not Profile.CLOUDEVENTS:
        raise invalid("topics", "must be empty but for profile cloudevents")
    _check_list("topics", endpoint.topics, PATTERNS_LIMIT)
    for at, text in enumerate(endpoint.topics):
        Pattern.parse(text, f"topics.{at}")


def _check_list(path: str, chosen: Sequence[object], limit: int) -> None:
    if len(chosen) > limit or len(set(chosen)) < len(chosen):
        raise invalid(path, f"must be at most {limit} different ones")


def _check_number(path: str, number: int, allowed: range) -> None:
    if number not in allowed:
        raise invalid(path, f"must be {allowed[0]:,} to {allowed[-1]:,}")

"""Endpoints: where what happens is pushed to, and what of it (spec: webhooks, "Endpoint")."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

HOUR_S: Final = 3_600

# How long a secret that was replaced still signs, in seconds.
ROTATION_S: Final = 24 * HOUR_S
# How many requests one endpoint gets at the same time.
CONCURRENCY: Final = 8
# How many buttons a channel can have.
ACTIONS_LIMIT: Final = 5


class Kind(StrEnum):
    """Whether an endpoint is told by itself, or called when somebody presses its button."""

    PUSH = "push"
    ACTION = "action"


class Profile(StrEnum):
    """In whose words an endpoint is told, and by whose rules."""

    FLASHDUTY = "flashduty"
    CLOUDEVENTS = "cloudevents"


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


def secrets(endpoint: Endpoint, now: int) -> list[str]:
    """The secrets that sign at this time (Unix seconds), newest first."""
    return [
        endpoint.secret,
        *(old.secret for old in endpoint.previous_secrets if old.expires_at > now),
    ]

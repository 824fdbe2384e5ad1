"""What can be done with endpoints, as units of work."""

from dataclasses import dataclass, field, replace

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.model import action_limit, health
from tocsin.model.endpoint import (
    EFFORT,
    Endpoint,
    Kind,
    Order,
    Profile,
    Reason,
    checked,
    rotated,
    topic_of,
)
from tocsin.model.errors import invalid, not_found
from tocsin.model.unset import without_unset
from tocsin.store import channels, deliveries, delivery_order, endpoint_health, endpoints
from tocsin.store.tx import Tx

# The log is open to every reader, and the paths of many URLs are as good as passwords.
_NOT_TOLD = frozenset({"url", "headers", "secret", "previous_secrets"})


@dataclass(frozen=True, kw_only=True)
class NewEndpoint:
    """What the caller gives to make an endpoint. How hard is tried is for the profile to say where
    it is None."""

    name: str
    url: str
    profile: Profile
    kind: Kind = Kind.PUSH
    event_types: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    timeout_ms: int | None = None
    max_attempts: int | None = None
    order: Order = Order.STRICT
    verify_tls: bool = True
    rate_per_s: int = 0


@dataclass(frozen=True, kw_only=True)
class EndpointChanges:
    """What an edit changes; UNSET leaves a field as it is.

    The profile stays: what is on its way is sent in its words, the same on every try.
    """

    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    event_types: tuple[str, ...] | UnsetType = UNSET
    channels: tuple[int, ...] | UnsetType = UNSET
    topics: tuple[str, ...] | UnsetType = UNSET
    headers: dict[str, str] | UnsetType = field(default=UNSET, repr=False)
    timeout_ms: int | UnsetType = UNSET
    max_attempts: int | UnsetType = UNSET
    order: Order | UnsetType = UNSET
    verify_tls: bool | UnsetType = UNSET
    rate_per_s: int | UnsetType = UNSET


def get(conn: Connection, endpoint_id: str) -> Endpoint:
    """The endpoint of that id. Refused: not_found."""
    found = endpoints.find(conn, endpoint_id)
    if found is None:
        raise not_found("endpoint")
    return found


def create(tx: Tx, new: NewEndpoint, secret: str, owner: int) -> Endpoint:
    """Make an endpoint that gets what happens from here on, signed with `secret`; `owner` is the
    number of the person who makes it. Refused (invalid): what makes no sense, a channel that there
    is not, a custom action too many."""
    given = vars(new) | {
        name: usual
        for name, usual in EFFORT[new.profile]._asdict().items()
        if getattr(new, name) is None
    }
    made = Endpoint(id=tx.new_id(), owner=owner, secret=secret, created_at=tx.now, **given)
    made = _checked(tx.conn, made)
    endpoints.add(tx, made)
    _append(tx, "created", made)
    return made


def edit(tx: Tx, before: Endpoint, changes: EndpointChanges) -> Endpoint:
    """Change an endpoint. What is on its way goes where it now is, and in the order that there now
    is. With another URL it counts as healthy. Refused as `create`."""
    after = _checked(tx.conn, replace(before, **without_unset(changes)))
    if after == before:
        return before
    after = _save(tx, after)
    if after.url != before.url:
        _trust(tx, after.id)
    if after.order is not before.order:
        delivery_order.arrange(tx.conn, after.id, after.order, tx.now_ms)
    _append(tx, "edited", after)
    return after


def rotate_secret(tx: Tx, before: Endpoint, secret: str) -> Endpoint:
    """Give an endpoint another secret. The one before signs beside it for ROTATION_S."""
    after = _save(tx, rotated(before, secret, tx.now))
    _append(tx, "edited", after)
    return after


def enable(tx: Tx, before: Endpoint) -> Endpoint:
    """Let an endpoint have what happens from here on. It counts as healthy, also if it was enabled
    all along: a pause is over."""
    _trust(tx, before.id)
    if before.enabled:
        return before
    # What was on its way when it was disabled must not be sent now.
    while deliveries.cancel(tx.conn, before.id, before.disabled_reason, tx.now_ms):
        continue
    after = _save(tx, replace(before, enabled=True, disabled_reason=None))
    _append(tx, "enabled", after)
    return after


def disable(tx: Tx, before: Endpoint, reason: Reason) -> Endpoint:
    """Send nothing to an endpoint any more: what was on its way is cancelled, what is too much for
    one unit of work by `cancel_rest`. One that is disabled keeps the reason that it has."""
    if not before.enabled:
        return before
    after = _save(tx, replace(before, enabled=False, disabled_reason=reason))
    deliveries.cancel(tx.conn, after.id, reason, tx.now_ms)
    _append(tx, "disabled", after)
    return after


def delete(tx: Tx, endpoint: Endpoint) -> None:
    """Delete an endpoint: what was on its way is cancelled as by `disable`."""
    endpoints.remove(tx, endpoint.id)
    deliveries.cancel(tx.conn, endpoint.id, deliveries.DELETED, tx.now_ms)
    _append(tx, "deleted", endpoint)


def cancel_rest(tx: Tx) -> int:
    """Cancel some of what is still on its way to endpoints that are disabled or deleted; returns
    how many, 0 once there is no more."""
    return deliveries.cancel_rest(tx.conn, tx.now_ms)


def warn(tx: Tx, endpoint: Endpoint, share: int, failing_since: int, reason: str) -> None:
    """Tell that nothing has arrived at an endpoint since then (Unix seconds), which is so much of
    the time after which it is disabled, in percent; `reason` is why the last attempt failed."""
    _append(tx, "warned", endpoint, share=share, failing_since=failing_since, reason=reason)


def _save(tx: Tx, endpoint: Endpoint) -> Endpoint:
    saved = replace(endpoint, version=endpoint.version + 1)
    endpoints.save(tx, saved)
    return saved


def _trust(tx: Tx, endpoint_id: str) -> None:
    """Forget what has failed. How an endpoint does is nothing that the log tells."""
    standing = endpoint_health.load(tx.conn, [endpoint_id])[endpoint_id]
    healthy = standing._replace(health=health.reset(standing.health))
    if healthy != standing:
        tx.endpoints_changed()  # which lets the deliverer look again
        endpoint_health.save(tx.conn, {endpoint_id: healthy})


def _checked(conn: Connection, endpoint: Endpoint) -> Endpoint:
    endpoint = checked(endpoint)
    there = channels.load(conn, endpoint.channels) if endpoint.channels else {}
    for at, channel_id in enumerate(endpoint.channels):
        if channel_id not in there:
            raise invalid(f"channels.{at}", "there is no such channel")
    if endpoint.kind is Kind.ACTION:
        others = [one for one in endpoints.actions(conn) if one.id != endpoint.id]
        action_limit.check(endpoint, others)
    return endpoint


def _append(tx: Tx, happened: str, endpoint: Endpoint, **more: object) -> None:
    told = {name: value for name, value in vars(endpoint).items() if name not in _NOT_TOLD}
    tx.append(
        f"tocsin.endpoint.{happened}",
        topic_of(endpoint.id),
        msgspec.json.encode({"endpoint": told, **more}),
    )

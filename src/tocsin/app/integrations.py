"""What can be done with integrations, as units of work."""

import secrets
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.app import channels
from tocsin.model.alert_event import checked_labels
from tocsin.model.errors import not_found
from tocsin.model.integration import Integration, Kind
from tocsin.model.unset import without_unset
from tocsin.store import integrations
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class NewIntegration:
    """What the caller gives to make an integration."""

    name: str
    kind: Kind
    channel_id: int
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IntegrationChanges:
    """What an edit changes; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    channel_id: int | UnsetType = UNSET
    labels: dict[str, str] | UnsetType = UNSET


def new_key() -> str:
    """A key: as long as PagerDuty's, and a token of a NATS subject."""
    return secrets.token_hex(16)


def get(conn: Connection, integration_id: str) -> Integration:
    """The integration of that id. Refused: not_found."""
    found = integrations.find(conn, integration_id)
    if found is None:
        raise not_found("integration")
    return found


def create(tx: Tx, new: NewIntegration, key: str) -> Integration:
    """Make the integration that `key` belongs to. Refused (invalid): no such channel, labels that
    no alert can have."""
    made = Integration(id=tx.new_id(), key=key, created_at=tx.now, **vars(new))
    made = _checked(tx.conn, made)
    integrations.add(tx.conn, made)
    _append(tx, "created", made)
    return made


def edit(tx: Tx, before: Integration, changes: IntegrationChanges) -> Integration:
    """Change an integration. The alerts that it brought stay where they are. Refused as
    `create`."""
    after = replace(before, **without_unset(changes))
    if after == before:
        return before
    after = _checked(tx.conn, after)
    integrations.save(tx.conn, after)
    _append(tx, "edited", after)
    return after


def rotate_key(tx: Tx, before: Integration, key: str) -> Integration:
    """Give an integration another key. The one before is good for nothing from now on."""
    after = replace(before, key=key)
    integrations.save(tx.conn, after)
    _append(tx, "edited", after)
    return after


def delete(tx: Tx, integration: Integration) -> None:
    """Delete an integration: its key is good for nothing from now on. Its alerts stay."""
    integrations.remove(tx.conn, integration.id)
    _append(tx, "deleted", integration)


def _checked(conn: Connection, integration: Integration) -> Integration:
    channels.named(conn, integration.channel_id)
    return replace(integration, labels=checked_labels(integration.labels, "labels"))


def _append(tx: Tx, happened: str, integration: Integration) -> None:
    """The log is open to every reader, so that an event says no key."""
    data = {name: value for name, value in vars(integration).items() if name != "key"}
    tx.append(
        f"tocsin.integration.{happened}",
        f"integration/{integration.id}",
        msgspec.json.encode({"integration": data}),
    )

"""Endpoints in the database."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.sql import ColumnElement

from tocsin.model.endpoint import Endpoint, Kind, OldSecret, Order, Profile, Reason
from tocsin.store.tables import endpoints

if TYPE_CHECKING:  # which asks here who is to be told
    from tocsin.store.tx import Tx

# What is kept as JSON of that type.
_JSON: Final[dict[str, Any]] = {
    "previous_secrets": tuple[OldSecret, ...],
    "event_types": tuple[str, ...],
    "channels": tuple[int, ...],
    "topics": tuple[str, ...],
    "headers": dict[str, str],
}
_DECODERS: Final = {name: msgspec.json.Decoder(kind) for name, kind in _JSON.items()}
# The path of a URL is often as good as a password.
_BLANK: Final = {"url": "", "secret": "", "previous_secrets": "[]", "headers": "{}"}
_THERE = endpoints.c.deleted_at.is_(None)
_LISTENING = _THERE & endpoints.c.enabled & (endpoints.c.kind == Kind.PUSH)


def find(conn: Connection, endpoint_id: str) -> Endpoint | None:
    """The endpoint of that id."""
    return of_ids(conn, [endpoint_id]).get(endpoint_id)


def of_ids(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
    """Those of these endpoints that there are, by id."""
    found = _load(conn, endpoints.c.id.in_(endpoint_ids))
    return {one.id: one for one in found}


def listing(conn: Connection, before: str | None, limit: int) -> list[Endpoint]:
    """Endpoints, newest first, with ids below `before`."""
    query = select(endpoints).where(_THERE).order_by(endpoints.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(endpoints.c.id < before)
    return [_endpoint(row) for row in conn.execute(query)]


def listening(conn: Connection) -> list[Endpoint]:
    """Those that are told of events by themselves."""
    return _load(conn, _LISTENING)


def of_owner(conn: Connection, person_id: int) -> list[Endpoint]:
    """Those that this person has made."""
    return _load(conn, endpoints.c.owner == person_id)


def naming_channel(conn: Connection, channel_id: int) -> list[Endpoint]:
    """Those that have chosen this channel by its number."""
    return [one for one in _load(conn, _THERE) if channel_id in one.channels]


def actions(conn: Connection) -> list[Endpoint]:
    """The custom actions of all channels, those that are disabled too."""
    return _load(conn, endpoints.c.kind == Kind.ACTION)


def actions_of(conn: Connection, channel_id: int) -> list[Endpoint]:
    """The custom actions that incidents of this channel have, those that are disabled too."""
    return [one for one in actions(conn) if not one.channels or channel_id in one.channels]


def add(tx: "Tx", endpoint: Endpoint) -> None:
    """Keep a new endpoint. It is told of what happens from here on."""
    tx.endpoints_changed()
    tx.conn.execute(insert(endpoints).values(**_columns(endpoint)))


def save(tx: "Tx", endpoint: Endpoint) -> None:
    """Replace what is kept of an endpoint."""
    tx.endpoints_changed()
    mine = endpoints.c.id == endpoint.id
    tx.conn.execute(update(endpoints).where(mine).values(**_columns(endpoint)))


def remove(tx: "Tx", endpoint_id: str) -> None:
    """Delete an endpoint. Its row stays for as long as its deliveries do, hidden and blank."""
    tx.endpoints_changed()
    mine = endpoints.c.id == endpoint_id
    tx.conn.execute(update(endpoints).where(mine).values(**_BLANK, deleted_at=tx.now))


def _load(conn: Connection, chosen: ColumnElement[bool]) -> list[Endpoint]:
    query = select(endpoints).where(chosen, _THERE).order_by(endpoints.c.id)
    return [_endpoint(row) for row in conn.execute(query)]


def _columns(endpoint: Endpoint) -> dict[str, Any]:
    kept = vars(endpoint)
    return kept | {name: msgspec.json.encode(kept[name]).decode() for name in _JSON}


def _endpoint(row: Row[Any]) -> Endpoint:
    kept = {**row._mapping, **{name: _DECODERS[name].decode(row._mapping[name]) for name in _JSON}}
    del kept["deleted_at"]
    reason = row.disabled_reason
    return Endpoint(
        **kept
        | {
            "kind": Kind(row.kind),
            "profile": Profile(row.profile),
            "order": Order(row.order),
            "disabled_reason": None if reason is None else Reason(reason),
        }
    )

"""Channels in the database."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, case, exists, func, insert, select, update

from tocsin.model.assignment import Rule
from tocsin.model.channel import Channel, Rules, person_ids
from tocsin.model.custom_field import Fields
from tocsin.model.flapping import Flapping
from tocsin.model.grouping import Grouping
from tocsin.model.inhibition import Inhibition
from tocsin.model.silence import Silence
from tocsin.store.tables import channels, integrations

# What is kept as JSON of that type. The windows of silences are of two types that only pydantic
# tells apart by their fields.
_JSON: Final[dict[str, TypeAdapter[Any]]] = {
    "grouping": TypeAdapter(Grouping),
    "storm_thresholds": TypeAdapter(tuple[int, ...]),
    "assignment": TypeAdapter(tuple[Rule, ...]),
    "silences": TypeAdapter(tuple[Silence, ...]),
    "inhibitions": TypeAdapter(tuple[Inhibition, ...]),
    "flapping": TypeAdapter(Flapping | None),
    "fields": TypeAdapter(Fields),
}
_RULES: Final = tuple(field.name for field in fields(Rules))
_THERE = channels.c.deleted_at.is_(None)

# Built once: every push of alerts asks for it.
_BY_ID = select(channels).where(channels.c.id.in_(bindparam("ids", expanding=True)), _THERE)


def find(conn: Connection, channel_id: int) -> Channel | None:
    """The channel of that number."""
    return load(conn, [channel_id]).get(channel_id)


def load(conn: Connection, channel_ids: Collection[int]) -> dict[int, Channel]:
    """Those of these channels that there are, by number."""
    rows = conn.execute(_BY_ID, {"ids": list(channel_ids)})
    return {row.id: _channel(row) for row in rows}


def listing(conn: Connection, before: int | None, limit: int) -> list[Channel]:
    """Channels, newest first, with numbers below `before`."""
    query = select(channels).where(_THERE).order_by(channels.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(channels.c.id < before)
    return [_channel(row) for row in conn.execute(query)]


def next_id(conn: Connection) -> int:
    """The number of the next channel; none is ever given again."""
    return int(conn.scalar(select(func.max(channels.c.id))) or 0) + 1


def add(conn: Connection, channel: Channel) -> None:
    """Keep a new channel."""
    row = {"id": channel.id, "created_at": channel.created_at, "closing_since": channel.created_at}
    conn.execute(insert(channels).values(**row, **_columns(channel)))


def save(conn: Connection, channel: Channel, now: int) -> None:
    """Replace what is kept of a channel."""
    mine = channels.c.id == channel.id
    same = channels.c.close_after_s == channel.close_after_s
    closing_since = case((same, channels.c.closing_since), else_=now)
    kept = _columns(channel)
    conn.execute(update(channels).where(mine).values(**kept, closing_since=closing_since))


def remove(conn: Connection, channel_id: int, now: int) -> None:
    """Delete a channel."""
    conn.execute(update(channels).where(channels.c.id == channel_id).values(deleted_at=now))


def has_integrations(conn: Connection, channel_id: int) -> bool:
    """Whether an integration brings alerts to the channel."""
    return bool(conn.scalar(select(exists().where(integrations.c.channel_id == channel_id))))


def naming(conn: Connection, person_id: int) -> list[Channel]:
    """The channels that have a rule with this person in it."""
    found = (_channel(row) for row in conn.execute(select(channels).where(_THERE)))
    return [one for one in found if any(named == person_id for _, named in person_ids(one))]


def _columns(channel: Channel) -> dict[str, Any]:
    kept = {name: getattr(channel, name) for name in _RULES}
    return kept | {name: kind.dump_json(kept[name]).decode() for name, kind in _JSON.items()}


def _channel(row: Row[Any]) -> Channel:
    kept = {name: row._mapping[name] for name in _RULES}
    kept |= {name: kind.validate_json(kept[name]) for name, kind in _JSON.items()}
    return Channel(id=row.id, created_at=row.created_at, **kept)

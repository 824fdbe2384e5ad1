"""Incidents in the database, with the components they affect."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from tocsin.model.incident import ByHand, GroupMethod, Incident, Progress
from tocsin.model.person import Person, Responders
from tocsin.model.severity import Severity, Status
from tocsin.store.gathered import gathered
from tocsin.store.tables import incident_components, incidents

# What is kept of an incident as it is, and what as JSON of that type.
_PLAIN: Final = (
    *("title", "description", "impact", "root_cause", "resolution"),
    *("severity", "status", "progress", "group_method"),
    *("created_at", "updated_at", "start_time", "last_time", "end_time", "ack_time"),
    *("close_time", "snoozed_before", "opened_at", "event_ms", "version", "alert_cnt"),
    *("channel_id", "channel_name", "dedup_key", "merged_into"),
)
_JSON: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "labels": msgspec.json.Decoder(dict[str, str]),
    "fields": msgspec.json.Decoder(dict[str, Any]),
    "creator": msgspec.json.Decoder(Person),
    "closer": msgspec.json.Decoder(Person),
    "responders": msgspec.json.Decoder(Responders),
    "by_hand": msgspec.json.Decoder(frozenset[ByHand]),
    "storms": msgspec.json.Decoder(tuple[int, ...]),
}

# Built once: SQLAlchemy takes longer to build the statements of a command than to run them.
_BY_ID = select(incidents).where(incidents.c.id.in_(bindparam("ids", expanding=True)))
_COMPONENTS = (
    select(incident_components.c.incident_id, incident_components.c.component_id)
    .where(incident_components.c.incident_id.in_(bindparam("ids", expanding=True)))
    .order_by(incident_components.c.ordinal)
)
_ADD = insert(incidents)
_SAVE = (
    update(incidents)
    .where(incidents.c.id == bindparam("of"))
    .values({name: bindparam(f"its_{name}") for name in (*_PLAIN, "heard_at", *_JSON)})
)
_OPEN = incidents.c.progress != Progress.CLOSED


@dataclass(frozen=True)
class Chosen:
    """Which incidents a list is of: each that one of the named values is true of. `text` is within
    its title or description, or is its number."""

    channel_ids: tuple[int, ...] = ()
    severities: tuple[Severity, ...] = ()
    progresses: tuple[Progress, ...] = ()
    text: str = ""


ALL: Final = Chosen()


def find(conn: Connection, incident_id: str) -> Incident | None:
    """The incident of that id."""
    return load(conn, [incident_id]).get(incident_id)


def load(conn: Connection, incident_ids: Collection[str]) -> dict[str, Incident]:
    """Those of these incidents that there are, by id."""
    rows = conn.execute(_BY_ID, {"ids": list(incident_ids)}).all()
    return {one.id: one for one in _incidents(conn, rows)}


def listing(conn: Connection, chosen: Chosen, before: str | None, limit: int) -> list[Incident]:
    """Incidents, newest first, with ids below `before`."""
    query = select(incidents).where(*_conditions(chosen))
    if before is not None:
        query = query.where(incidents.c.id < before)
    return _incidents(conn, conn.execute(query.order_by(incidents.c.id.desc()).limit(limit)).all())


def merged_into(conn: Connection, incident_ids: Collection[str]) -> set[str]:
    """The ids of the incidents that are closed because they were merged into one of these."""
    chosen = incidents.c.merged_into.in_(incident_ids)
    return set(conn.scalars(select(incidents.c.id).where(chosen)))


def severities(conn: Connection, component_ids: Collection[str]) -> dict[str, list[Severity]]:
    """How bad the open incidents are, by the component that they affect."""
    query = (
        select(incident_components.c.component_id, incidents.c.severity)
        .join_from(incident_components, incidents)
        .where(incident_components.c.component_id.in_(component_ids), _OPEN)
    )
    return gathered((component_id, Severity(name)) for component_id, name in conn.execute(query))


def affecting(conn: Connection, component_id: str) -> bool:
    """Whether an open incident affects the component."""
    return bool(severities(conn, [component_id]))


def open_in(conn: Connection, channel_id: int) -> bool:
    """Whether an open incident is in the channel."""
    return bool(conn.scalar(select(exists().where(incidents.c.channel_id == channel_id, _OPEN))))


def open_with(conn: Connection, person_id: int) -> bool:
    """Whether an open incident names the person, as its creator or as a responder."""
    query = select(incidents.c.creator, incidents.c.responders).where(_OPEN)
    return any(person_id in _named(*row) for row in conn.execute(query))


def rename_channel(conn: Connection, channel_id: int, name: str) -> None:
    """Let the open incidents of a channel go by its new name."""
    mine = incidents.c.channel_id == channel_id
    conn.execute(update(incidents).where(mine, _OPEN).values(channel_name=name))


def add(conn: Connection, incident: Incident) -> None:
    """Keep a new incident."""
    conn.execute(_ADD, {"id": incident.id, **_columns(incident)})
    _name_components(conn, incident)


def save(conn: Connection, before: Incident, incident: Incident) -> None:
    """Replace what is kept of an incident, which was as `before`."""
    if incident == before:
        return
    changed = {f"its_{name}": value for name, value in _columns(incident).items()}
    conn.execute(_SAVE, {"of": incident.id, **changed})
    if incident.component_ids != before.component_ids:
        named = incident_components.c.incident_id == incident.id
        conn.execute(delete(incident_components).where(named))
        _name_components(conn, incident)


def _conditions(chosen: Chosen) -> Iterable[ColumnElement[bool]]:
    for column, values in (
        (incidents.c.channel_id, chosen.channel_ids),
        (incidents.c.severity, chosen.severities),
        (incidents.c.progress, chosen.progresses),
    ):
        if values:
            yield column.in_(values)
    if chosen.text:
        yield or_(
            incidents.c.title.icontains(chosen.text, autoescape=True),
            incidents.c.description.icontains(chosen.text, autoescape=True),
            _is_number(chosen.text),
        )


def _is_number(text: str) -> ColumnElement[bool]:
    """Whether it is what people call the incident by, the end of its id."""
    return func.substr(incidents.c.id, 19) == text.lower()


def _named(creator: str | None, responders: str) -> set[int]:
    """The numbers of the people of an incident, as it is kept."""
    those = {one.person.person_id for one in _JSON["responders"].decode(responders)}
    return those if creator is None else those | {_JSON["creator"].decode(creator).person_id}


def _columns(incident: Incident) -> dict[str, Any]:
    plain = {name: getattr(incident, name) for name in (*_PLAIN, "heard_at")}
    return plain | {name: _json(getattr(incident, name)) for name in _JSON}


def _json(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value, order="sorted").decode()


def _name_components(conn: Connection, incident: Incident) -> None:
    rows = [
        {"incident_id": incident.id, "component_id": component_id, "ordinal": at}
        for at, component_id in enumerate(incident.component_ids)
    ]
    if rows:
        conn.execute(insert(incident_components), rows)


def _incidents(conn: Connection, rows: Sequence[Row[Any]]) -> list[Incident]:
    affected = _components(conn, [row.id for row in rows])
    return [_incident(row, tuple(affected[row.id])) for row in rows]


def _components(conn: Connection, incident_ids: list[str]) -> dict[str, list[str]]:
    rows = conn.execute(_COMPONENTS, {"ids": incident_ids})
    return gathered((row.incident_id, row.component_id) for row in rows)


def _incident(row: Row[Any], component_ids: tuple[str, ...]) -> Incident:
    kept = row._mapping
    fields = {name: kept[name] for name in _PLAIN}
    for name, decoder in _JSON.items():
        fields[name] = None if kept[name] is None else decoder.decode(kept[name])
    fields["severity"] = Severity(row.severity)
    fields["status"] = Status(row.status)
    fields["progress"] = Progress(row.progress)
    fields["group_method"] = GroupMethod(row.group_method)
    return Incident(id=row.id, component_ids=component_ids, **fields)

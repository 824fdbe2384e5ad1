"""Components in the database, and the periods that each spent in one effective state."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    true,
    update,
)

from tocsin.model.component import Component, State
from tocsin.model.status import REACH, Period, Periods
from tocsin.store import pages
from tocsin.store.gathered import gathered
from tocsin.store.tables import components, issue_components, issues, placements, statuses


@dataclass(frozen=True)
class StoredComponent:
    """A component and the slugs of the pages on which it stands, oldest page first."""

    component: Component
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """A period in one effective state; the current one has no end."""

    id: str
    state: State
    began_at: int
    ended_at: int | None


def find(conn: Connection, component_id: str) -> StoredComponent | None:
    """The component of that id."""
    return load(conn, [component_id]).get(component_id)


def load(conn: Connection, component_ids: Collection[str]) -> dict[str, StoredComponent]:
    """Those of the components that exist, by id."""
    found = _load(conn, components.c.id.in_(component_ids))
    return {stored.component.id: stored for stored in found}


def listing(conn: Connection, before: str | None, limit: int) -> list[StoredComponent]:
    """Components, newest first, with ids below `before`."""
    older = components.c.id < before if before is not None else true()
    ids = select(components.c.id).where(older).order_by(components.c.id.desc()).limit(limit)
    return _load(conn, components.c.id.in_(ids.scalar_subquery()))[::-1]


def everything(conn: Connection) -> list[Component]:
    """All components, oldest first."""
    return [_component(row) for row in conn.execute(select(components).order_by(components.c.id))]


def existing(conn: Connection, component_ids: Collection[str]) -> set[str]:
    """Those of the ids that are components'."""
    return set(conn.scalars(select(components.c.id).where(components.c.id.in_(component_ids))))


def by_names(conn: Connection, names: Collection[str]) -> dict[str, str]:
    """The ids of the components that have these names or ids, by them; of several with one name the
    oldest's."""
    query = select(components.c.id, components.c.name).where(
        or_(components.c.id.in_(names), components.c.name.in_(names))
    )
    rows = conn.execute(query.order_by(components.c.id.desc())).all()
    return {row.name: row.id for row in rows} | {row.id: row.id for row in rows}


def add(conn: Connection, component: Component) -> None:
    """Keep a new component."""
    row = {"id": component.id, "created_at": component.created_at}
    conn.execute(insert(components).values(**row, **_columns(component)))


def save(conn: Connection, component: Component) -> None:
    """Replace what is kept of a component."""
    mine = components.c.id == component.id
    conn.execute(update(components).where(mine).values(**_columns(component)))


def remove(conn: Connection, component_id: str) -> None:
    """Delete a component with its statuses, and from the issues that are over and once named it."""
    for table in (placements, issue_components, statuses):
        conn.execute(delete(table).where(table.c.component_id == component_id))
    conn.execute(delete(components).where(components.c.id == component_id))


def in_use(conn: Connection, component_id: str) -> bool:
    """Whether a standing or coming issue names the component."""
    coming = and_(
        issues.c.scheduled,
        ~issues.c.cancelled,
        issues.c.began_at.is_(None),
        issues.c.ended_at.is_(None),
    )
    named = (
        select(issues.c.id)
        .join_from(issue_components, issues)
        .where(issue_components.c.component_id == component_id, or_(issues.c.standing, coming))
    )
    return bool(conn.scalar(select(exists(named))))


def overrides(conn: Connection, component_ids: Collection[str]) -> dict[str, list[State]]:
    """The overrides that standing issues give, by component."""
    query = (
        select(issue_components.c.component_id, issues.c.state_override)
        .join_from(issue_components, issues)
        .where(
            issue_components.c.component_id.in_(component_ids),
            issues.c.standing,
            issues.c.state_override.is_not(None),
        )
    )
    return gathered((component_id, State(state)) for component_id, state in conn.execute(query))


def begin_status(conn: Connection, status_id: str, component: Component, at: int) -> int:
    """End the component's current status and begin one of its state; returns when that began.

    That is `at`, or the beginning of the status before where that is later.
    """
    current = conn.execute(
        select(statuses.c.id, statuses.c.began_at).where(
            statuses.c.component_id == component.id, statuses.c.ended_at.is_(None)
        )
    ).one_or_none()
    if current is not None:
        at = max(at, current.began_at)
        conn.execute(update(statuses).where(statuses.c.id == current.id).values(ended_at=at))
    row = {"id": status_id, "component_id": component.id, "state": component.state, "began_at": at}
    conn.execute(insert(statuses).values(**row))
    return at


def periods(conn: Connection) -> dict[str, Periods]:
    """The periods of each component, oldest first, as far back as REACH says."""
    current = statuses.alias()
    query = (
        select(statuses)
        .join(current, current.c.component_id == statuses.c.component_id)
        .where(
            current.c.ended_at.is_(None),
            or_(statuses.c.ended_at.is_(None), statuses.c.ended_at > current.c.began_at - REACH),
        )
        .order_by(statuses.c.id)
    )
    found = gathered((row.component_id, _period(row)) for row in conn.execute(query))
    return {component_id: tuple(those) for component_id, those in found.items()}


def troubles(
    conn: Connection, component_ids: Collection[str], since: int, until: int
) -> dict[str, list[Period]]:
    """The periods in which the components were not operational at some time from `since` to before
    `until` (Unix seconds), oldest first; nothing for those that always were."""
    lasted = or_(statuses.c.ended_at.is_(None), statuses.c.ended_at > since)
    query = (
        select(statuses)
        .where(
            statuses.c.component_id.in_(component_ids),
            statuses.c.state != State.OPERATIONAL,
            statuses.c.began_at < until,
            lasted,
        )
        .order_by(statuses.c.id)
    )
    return gathered((row.component_id, _period(row)) for row in conn.execute(query))


def listing_statuses(
    conn: Connection, component_id: str, before: str | None, limit: int
) -> list[Status]:
    """The component's statuses, newest first, with ids below `before`."""
    query = select(statuses).where(statuses.c.component_id == component_id)
    if before is not None:
        query = query.where(statuses.c.id < before)
    rows = conn.execute(query.order_by(statuses.c.id.desc()).limit(limit))
    return [Status(row.id, State(row.state), row.began_at, row.ended_at) for row in rows]


def down_since(conn: Connection, component: Component) -> int:
    """When the component last stopped being operational; when it was made, if it never was."""
    query = (
        select(statuses.c.ended_at)
        .where(statuses.c.component_id == component.id, statuses.c.state == State.OPERATIONAL)
        .order_by(statuses.c.id.desc())
        .limit(1)
    )
    return conn.scalar(query) or component.created_at


def _columns(component: Component) -> dict[str, str | bool]:
    return {
        "name": component.name,
        "description": component.description,
        "state": component.state,
        "manual_state": component.manual_state,
        "follow_incidents": component.follow_incidents,
    }


def _load(conn: Connection, chosen: ColumnElement[bool]) -> list[StoredComponent]:
    found = [
        _component(row)
        for row in conn.execute(select(components).where(chosen).order_by(components.c.id))
    ]
    slugs = pages.slugs_of(conn, [component.id for component in found])
    return [StoredComponent(component, slugs[component.id]) for component in found]


def _component(row: Row[Any]) -> Component:
    return Component(
        id=row.id,
        name=row.name,
        description=row.description,
        state=State(row.state),
        manual_state=State(row.manual_state),
        follow_incidents=row.follow_incidents,
        created_at=row.created_at,
    )


def _period(row: Row[Any]) -> Period:
    return Period(State(row.state), row.began_at, row.ended_at)

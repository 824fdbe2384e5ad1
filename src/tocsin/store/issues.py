"""Issues in the database, with the components they name and their updates."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import UNSET
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    delete,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy import update as sql_update

from tocsin.model.component import State
from tocsin.model.history import extent
from tocsin.model.issue import Issue, IssueLabel, Update, UpdateLabel, due_at
from tocsin.store.gathered import gathered
from tocsin.store.tables import issue_components, issues, updates


@dataclass(frozen=True)
class StoredIssue:
    """An issue and how often it was changed."""

    issue: Issue
    version: int


class Due(NamedTuple):
    """An issue, and when its schedule takes the next step."""

    issue_id: str
    at: int


def find(conn: Connection, issue_id: str) -> StoredIssue | None:
    """The issue of that id."""
    return next(iter(load(conn, issues.c.id == issue_id)), None)


def listing(conn: Connection, before: str | None, limit: int) -> list[StoredIssue]:
    """Issues, newest first, with ids below `before`."""
    older = issues.c.id < before if before is not None else true()
    ids = select(issues.c.id).where(older).order_by(issues.c.id.desc()).limit(limit)
    return load(conn, issues.c.id.in_(ids.scalar_subquery()))[::-1]


def unfinished(conn: Connection) -> list[StoredIssue]:
    """All issues that stand or whose schedule is not over, oldest first."""
    return load(conn, or_(issues.c.standing, issues.c.due_at.is_not(None)))


def next_due(conn: Connection) -> Due | None:
    """The step of a schedule that is due before all others, be it past or to come."""
    query = (
        select(issues.c.id, issues.c.due_at)
        .where(issues.c.due_at.is_not(None))
        .order_by(issues.c.due_at, issues.c.id)
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return row and Due(*row)


def add(conn: Connection, issue: Issue) -> None:
    """Keep a new issue, at version 1. It has no updates yet."""
    row = {"id": issue.id, "created_at": issue.created_at, "version": 1}
    conn.execute(insert(issues).values(**row, **_columns(issue)))
    _name_components(conn, issue)


def save(conn: Connection, before: StoredIssue, issue: Issue) -> None:
    """Replace what is kept of an issue, as its next version; its updates are added one by one."""
    conn.execute(
        sql_update(issues)
        .where(issues.c.id == issue.id)
        .values(version=before.version + 1, **_columns(issue))
    )
    if issue.component_ids != before.issue.component_ids:
        conn.execute(delete(issue_components).where(issue_components.c.issue_id == issue.id))
        _name_components(conn, issue)


def add_update(conn: Connection, update: Update) -> None:
    """Keep a new update of an issue."""
    said = update.state_override
    conn.execute(
        insert(updates).values(
            id=update.id,
            issue_id=update.issue_id,
            body=update.body,
            body_html=update.body_html,
            label=update.label,
            sets_override=said is not UNSET,
            state_override=None if said is UNSET else said,
            created_at=update.created_at,
        )
    )


def remove(conn: Connection, issue_id: str) -> None:
    """Delete an issue with its updates."""
    conn.execute(delete(issues).where(issues.c.id == issue_id))


def _columns(issue: Issue) -> dict[str, Any]:
    return {
        "title": issue.title,
        "body": issue.body,
        "body_html": issue.body_html,
        "label": issue.label,
        "state_override": issue.state_override,
        "standing": issue.standing,
        "scheduled": issue.scheduled,
        "announced": issue.announced,
        "cancelled": issue.cancelled,
        "retrospective": issue.retrospective,
        "starts_at": issue.starts_at,
        "ends_at": issue.ends_at,
        "began_at": issue.began_at,
        "ended_at": issue.ended_at,
        "due_at": due_at(issue),
        **extent(issue)._asdict(),
    }


def _name_components(conn: Connection, issue: Issue) -> None:
    rows = [
        {"issue_id": issue.id, "component_id": component_id, "ordinal": at}
        for at, component_id in enumerate(issue.component_ids)
    ]
    conn.execute(insert(issue_components), rows)


def load(conn: Connection, chosen: ColumnElement[bool]) -> list[StoredIssue]:
    """The issues of which `chosen` is true, oldest first."""
    ids = select(issues.c.id).where(chosen).scalar_subquery()
    named, said = _components(conn, ids), _updates(conn, ids)
    return [
        StoredIssue(_issue(row, tuple(named[row.id]), tuple(said[row.id])), row.version)
        for row in conn.execute(select(issues).where(chosen).order_by(issues.c.id))
    ]


def _components(conn: Connection, issue_ids: ScalarSelect[str]) -> dict[str, list[str]]:
    query = (
        select(issue_components.c.issue_id, issue_components.c.component_id)
        .where(issue_components.c.issue_id.in_(issue_ids))
        .order_by(issue_components.c.ordinal)
    )
    return gathered((row.issue_id, row.component_id) for row in conn.execute(query))


def _updates(conn: Connection, issue_ids: ScalarSelect[str]) -> dict[str, list[Update]]:
    query = select(updates).where(updates.c.issue_id.in_(issue_ids)).order_by(updates.c.id.desc())
    return gathered((row.issue_id, _update(row)) for row in conn.execute(query))


def _issue(row: Row[Any], component_ids: tuple[str, ...], said: tuple[Update, ...]) -> Issue:
    return Issue(
        id=row.id,
        title=row.title,
        body=row.body,
        body_html=row.body_html,
        label=IssueLabel(row.label) if row.label else None,
        component_ids=component_ids,
        state_override=_state(row),
        standing=row.standing,
        scheduled=row.scheduled,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        began_at=row.began_at,
        ended_at=row.ended_at,
        created_at=row.created_at,
        cancelled=row.cancelled,
        retrospective=row.retrospective,
        announced=row.announced,
        updates=said,
    )


def _update(row: Row[Any]) -> Update:
    return Update(
        id=row.id,
        issue_id=row.issue_id,
        body=row.body,
        body_html=row.body_html,
        label=UpdateLabel(row.label) if row.label else None,
        created_at=row.created_at,
        state_override=_state(row) if row.sets_override else UNSET,
    )


def _state(row: Row[Any]) -> State | None:
    return State(row.state_override) if row.state_override else None

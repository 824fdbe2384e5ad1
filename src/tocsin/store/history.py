"""Issues, open and closed, that visitors of a page may know of, each with its updates.

Which page's they are is said by `component_ids`: the components that stand on it.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, Select, exists, func, or_, select, true, tuple_

from tocsin.model import event_data
from tocsin.model.history import extent
from tocsin.model.issue import Issue
from tocsin.store.issues import load
from tocsin.store.tables import events, issue_components, issues


class Neighbours(NamedTuple):
    """The issues that began before and after another one, nearest in time; None at either end."""

    previous: Issue | None
    next: Issue | None


def find(conn: Connection, component_ids: Collection[str], issue_id: str) -> Issue | None:
    """The issue of that id, if visitors may know of it."""
    return _first(conn, _about(component_ids).where(issues.c.id == issue_id))


def overlapping(
    conn: Connection, component_ids: Collection[str], since: int, until: int, limit: int
) -> list[Issue]:
    """At most `limit` issues that lasted, or are planned, at some time from `since` to before
    `until` (Unix seconds); what began last comes first."""
    lasting = or_(issues.c.until_at.is_(None), issues.c.until_at >= since)
    within = _about(component_ids).where(issues.c.from_at < until, lasting)
    return _load(conn, _latest_first(within).limit(limit))


def newest(
    conn: Connection,
    component_ids: Collection[str],
    limit: int,
    *,
    scheduled: bool | None = None,
    made_by: int | None = None,
) -> list[Issue]:
    """At most `limit` issues, newest `created_at` first.

    `scheduled` chooses one kind alone, `made_by` those that existed then (Unix seconds).
    """
    kind = {None: true(), False: ~issues.c.scheduled, True: issues.c.scheduled}[scheduled]
    then = true() if made_by is None else issues.c.created_at <= made_by
    query = _about(component_ids).where(kind, then)
    return _load(conn, query.order_by(issues.c.id.desc()).limit(limit))


def neighbours(conn: Connection, component_ids: Collection[str], issue: Issue) -> Neighbours:
    """What visitors may know of that began just before and just after `issue`."""
    place = tuple_(issues.c.from_at, issues.c.id)
    here = (extent(issue).from_at, issue.id)
    about = _about(component_ids)
    return Neighbours(
        _first(conn, _latest_first(about.where(place < here))),
        _first(conn, about.where(place > here).order_by(issues.c.from_at, issues.c.id)),
    )


def earliest(conn: Connection, component_ids: Collection[str]) -> int | None:
    """When the first of the issues began (Unix seconds); None without any."""
    query = _about(component_ids).order_by(issues.c.from_at).limit(1)
    return conn.scalar(query.with_only_columns(issues.c.from_at))


def existing(conn: Connection, issue_ids: Collection[str]) -> set[str]:
    """Those of the ids that are still issues'."""
    return set(conn.scalars(select(issues.c.id).where(issues.c.id.in_(issue_ids))))


def told(conn: Connection, issue_ids: Iterable[str], until: int) -> dict[str, Issue]:
    """The issues as the newest event about each, up to that sequence, told them: without updates,
    and without those of which the log has no such event (any longer)."""
    topics = [f"issue/{issue_id}" for issue_id in issue_ids]
    newest_of_each = (
        select(func.max(events.c.sequence))
        .where(events.c.topic.in_(topics), events.c.sequence <= until)
        .group_by(events.c.topic)
    )
    query = select(events.c.data).where(events.c.sequence.in_(newest_of_each.scalar_subquery()))
    found = (event_data.read_issue(data).issue for data in conn.scalars(query))
    return {issue.id: issue for issue in found}


def _about(component_ids: Collection[str]) -> Select[str]:
    """The ids of the issues about any of these components; see `model.history.is_public`."""
    concerned = select(issue_components.c.issue_id).where(
        issue_components.c.issue_id == issues.c.id,
        issue_components.c.component_id.in_(component_ids),
    )
    public = or_(issues.c.announced, ~issues.c.scheduled)
    return select(issues.c.id).where(public, exists(concerned))


def _latest_first(query: Select[str]) -> Select[str]:
    return query.order_by(issues.c.from_at.desc(), issues.c.id.desc())


def _first(conn: Connection, query: Select[str]) -> Issue | None:
    return next(iter(_load(conn, query.limit(1))), None)


def _load(conn: Connection, query: Select[str]) -> list[Issue]:
    """The issues whose ids `query` gives, in its order."""
    ids = list(conn.scalars(query))
    found = {stored.issue.id: stored.issue for stored in load(conn, issues.c.id.in_(ids))}
    return [found[id_] for id_ in ids]

"""What a page tells of its issues, open and closed: those that visitors may know of, each with its
updates.

A page's issues are those about a component that stands on it now.
"""

from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    exists,
    or_,
    select,
    true,
    tuple_,
)

from tocsin.model.history import extent
from tocsin.model.issue import Issue
from tocsin.store.issues import load
from tocsin.store.tables import issue_components, issues, pages, placements


class Neighbours(NamedTuple):
    """The issues that began before and after another one, nearest in time; None at either end."""

    previous: Issue | None
    next: Issue | None


def find(conn: Connection, slug: str, issue_id: str) -> Issue | None:
    """The issue of that id, if the page tells of it."""
    found = _load(conn, _of_page(slug).where(issues.c.id == issue_id))
    return found[0] if found else None


def overlapping(conn: Connection, slug: str, since: int, until: int, limit: int) -> list[Issue]:
    """At most `limit` issues of the page that lasted, or are planned, at some time from `since` to
    before `until` (Unix seconds); what began last comes first."""
    ended = or_(issues.c.until_at.is_(None), issues.c.until_at >= since)
    within = _of_page(slug).where(issues.c.from_at < until, ended)
    return _load(conn, _latest_first(within).limit(limit))


def newest(
    conn: Connection, slug: str, limit: int, *, scheduled: bool | None = None
) -> list[Issue]:
    """At most `limit` issues of the page, newest `created_at` first; of the scheduled ones or of
    the others alone if that is asked for."""
    kind = {None: true(), False: ~issues.c.scheduled, True: issues.c.scheduled}[scheduled]
    query = _of_page(slug).where(kind).order_by(issues.c.id.desc()).limit(limit)
    return _load(conn, query)


def neighbours(conn: Connection, slug: str, issue: Issue) -> Neighbours:
    """What the page tells of before and after `issue`."""
    place = tuple_(issues.c.from_at, issues.c.id)
    here = (extent(issue).from_at, issue.id)
    earlier = _load(conn, _latest_first(_of_page(slug).where(place < here)).limit(1))
    later = _of_page(slug).where(place > here).order_by(issues.c.from_at, issues.c.id).limit(1)
    return Neighbours(next(iter(earlier), None), next(iter(_load(conn, later)), None))


def earliest(conn: Connection, slug: str) -> int | None:
    """When the first issue of the page began (Unix seconds); None without any."""
    first = _of_page(slug).with_only_columns(issues.c.from_at).order_by(issues.c.from_at).limit(1)
    return conn.scalar(first)


def _of_page(slug: str) -> Select[str]:
    concerned = (
        select(issue_components.c.issue_id)
        .join(placements, placements.c.component_id == issue_components.c.component_id)
        .join(pages, pages.c.id == placements.c.page_id)
        .where(pages.c.slug == slug, issue_components.c.issue_id == issues.c.id)
    )
    public = or_(issues.c.announced, ~issues.c.scheduled)
    return select(issues.c.id).where(public, exists(concerned))


def _latest_first(query: Select[str]) -> Select[str]:
    return query.order_by(issues.c.from_at.desc(), issues.c.id.desc())


def _load(conn: Connection, query: Select[str]) -> list[Issue]:
    """The issues that `query` chooses, in its order."""
    ids = list(conn.scalars(query))
    found = {stored.issue.id: stored.issue for stored in load(conn, issues.c.id.in_(ids))}
    return [found[id_] for id_ in ids]

"""Pages in the database: their rows, hosts, groups, and the components that stand on them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    delete,
    insert,
    select,
    true,
    update,
)

from tocsin.model.component import State, worst
from tocsin.model.page import Group, Language, Link, Logo, LogoType, Page, Visibility
from tocsin.store.gathered import gathered
from tocsin.store.tables import components, groups, page_hosts, page_logos, pages, placements

# What a page has that is kept in its row as it is.
_PLAIN: Final = (
    *("slug", "name", "description", "timezone", "visibility", "accent", "language"),
    *("text_above", "text_above_html", "text_below", "text_below_html"),
    *("show_bars", "show_uptime", "history_days", "robots"),
)

_decode_links = msgspec.json.Decoder(tuple[Link, ...]).decode

# The components by page and group, in order.
Standing = dict[tuple[str, str | None], list[str]]


@dataclass(frozen=True)
class StoredPage:
    """A page with what is kept beside it. `state` is that of its components together."""

    page: Page
    state: State
    bypass_token: str
    version: int


def find(conn: Connection, slug: str) -> StoredPage | None:
    """The page of that slug."""
    return next(iter(_load(conn, pages.c.slug == slug)), None)


def listing(conn: Connection, before: str | None, limit: int) -> list[StoredPage]:
    """Pages, newest first, with ids below `before`."""
    older = pages.c.id < before if before is not None else true()
    ids = select(pages.c.id).where(older).order_by(pages.c.id.desc()).limit(limit)
    return _load(conn, pages.c.id.in_(ids.scalar_subquery()))[::-1]


def everything(conn: Connection) -> list[StoredPage]:
    """All pages, oldest first."""
    return _load(conn, true())


def holding(conn: Connection, component_ids: Collection[str]) -> list[StoredPage]:
    """The pages on which any of the components stands, oldest first."""
    there = select(placements.c.page_id).where(placements.c.component_id.in_(component_ids))
    return _load(conn, pages.c.id.in_(there.scalar_subquery()))


def all_of(conn: Connection, page_ids: Collection[str]) -> dict[str, StoredPage]:
    """Those of these pages that there are, by id."""
    return {stored.page.id: stored for stored in _load(conn, pages.c.id.in_(page_ids))}


def slugs_of(conn: Connection, component_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """For each component the slugs of the pages on which it stands, oldest page first."""
    query = (
        select(placements.c.component_id, pages.c.slug)
        .join_from(placements, pages)
        .where(placements.c.component_id.in_(component_ids))
        .order_by(pages.c.id)
    )
    slugs: dict[str, tuple[str, ...]] = dict.fromkeys(component_ids, ())
    for component_id, slug in conn.execute(query):
        slugs[component_id] += (slug,)
    return slugs


def owners(conn: Connection, hosts: Collection[str]) -> dict[str, str]:
    """The ids of the pages that hold these hosts, by host."""
    query = select(page_hosts.c.host, page_hosts.c.page_id).where(page_hosts.c.host.in_(hosts))
    return dict(iter(conn.execute(query)))


def add(conn: Connection, page: Page, bypass_token: str) -> None:
    """Keep a new page, at version 1."""
    row = {"id": page.id, "created_at": page.created_at, "version": 1}
    conn.execute(insert(pages).values(**row, bypass_token=bypass_token, **_columns(page)))
    _add_hosts(conn, page)
    _add_groups(conn, page)


def save(conn: Connection, before: StoredPage, page: Page, bypass_token: str) -> None:
    """Replace what is kept of a page, as its next version."""
    conn.execute(
        update(pages)
        .where(pages.c.id == page.id)
        .values(version=before.version + 1, bypass_token=bypass_token, **_columns(page))
    )
    if page.hosts != before.page.hosts:
        conn.execute(delete(page_hosts).where(page_hosts.c.page_id == page.id))
        _add_hosts(conn, page)
    if page.groups != before.page.groups:
        _remove_groups(conn, page.id)
        _add_groups(conn, page)


def remove(conn: Connection, page_id: str) -> None:
    """Delete a page. The components that stood on it stay."""
    _remove_groups(conn, page_id)
    conn.execute(delete(page_hosts).where(page_hosts.c.page_id == page_id))
    conn.execute(delete(pages).where(pages.c.id == page_id))


def _columns(page: Page) -> dict[str, Any]:
    links = msgspec.json.encode(page.links).decode()
    return {**{name: getattr(page, name) for name in _PLAIN}, "links": links}


def _add_hosts(conn: Connection, page: Page) -> None:
    if page.hosts:
        rows = [
            {"host": host, "page_id": page.id, "ordinal": at} for at, host in enumerate(page.hosts)
        ]
        conn.execute(insert(page_hosts), rows)


def _add_groups(conn: Connection, page: Page) -> None:
    """Groups are numbered by place on the page; the ungrouped ones have the number left free."""
    named = [
        {"id": group.id, "page_id": page.id, "name": group.name, "ordinal": at}
        for at, group in enumerate(page.groups)
        if group.id is not None
    ]
    if named:
        conn.execute(insert(groups), named)
    standing = [
        {"page_id": page.id, "component_id": component_id, "group_id": group.id, "ordinal": at}
        for group in page.groups
        for at, component_id in enumerate(group.component_ids)
    ]
    if standing:
        conn.execute(insert(placements), standing)


def _remove_groups(conn: Connection, page_id: str) -> None:
    conn.execute(delete(placements).where(placements.c.page_id == page_id))
    conn.execute(delete(groups).where(groups.c.page_id == page_id))


def _load(conn: Connection, chosen: ColumnElement[bool]) -> list[StoredPage]:
    ids = select(pages.c.id).where(chosen).scalar_subquery()
    hosts, logos, states = _hosts(conn, ids), _logos(conn, ids), _states(conn, ids)
    named, standing = _groups(conn, ids), _standing(conn, ids)
    return [
        StoredPage(
            replace(
                _page(row),
                hosts=tuple(hosts[row.id]),
                logo=logos.get(row.id),
                groups=_layout(row.id, named[row.id], standing),
            ),
            worst(states[row.id]),
            row.bypass_token,
            row.version,
        )
        for row in conn.execute(select(pages).where(chosen).order_by(pages.c.id))
    ]


def _page(row: Row[Any]) -> Page:
    """What the row alone tells of the page."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    typed = {"visibility": Visibility(row.visibility), "language": Language(row.language)}
    return Page(
        id=row.id,
        hosts=(),
        groups=(),
        links=_decode_links(row.links),
        created_at=row.created_at,
        **{**plain, **typed},
    )


def _hosts(conn: Connection, page_ids: ScalarSelect[str]) -> dict[str, list[str]]:
    query = (
        select(page_hosts.c.page_id, page_hosts.c.host)
        .where(page_hosts.c.page_id.in_(page_ids))
        .order_by(page_hosts.c.ordinal)
    )
    return gathered((page_id, host) for page_id, host in conn.execute(query))


def _logos(conn: Connection, page_ids: ScalarSelect[str]) -> dict[str, Logo]:
    query = select(page_logos.c.page_id, page_logos.c.type, page_logos.c.digest).where(
        page_logos.c.page_id.in_(page_ids)
    )
    return {
        page_id: Logo(LogoType(media_type), digest)
        for page_id, media_type, digest in conn.execute(query)
    }


def _states(conn: Connection, page_ids: ScalarSelect[str]) -> dict[str, list[State]]:
    query = (
        select(placements.c.page_id, components.c.state)
        .join_from(placements, components)
        .where(placements.c.page_id.in_(page_ids))
        .distinct()
    )
    return gathered((page_id, State(state)) for page_id, state in conn.execute(query))


def _groups(conn: Connection, page_ids: ScalarSelect[str]) -> dict[str, list[Row[Any]]]:
    query = select(groups).where(groups.c.page_id.in_(page_ids)).order_by(groups.c.ordinal)
    return gathered((row.page_id, row) for row in conn.execute(query))


def _standing(conn: Connection, page_ids: ScalarSelect[str]) -> Standing:
    query = (
        select(placements).where(placements.c.page_id.in_(page_ids)).order_by(placements.c.ordinal)
    )
    return gathered(((row.page_id, row.group_id), row.component_id) for row in conn.execute(query))


def _layout(page_id: str, named: Sequence[Row[Any]], standing: Standing) -> tuple[Group, ...]:
    layout = [Group(row.id, row.name, tuple(standing[page_id, row.id])) for row in named]
    if ungrouped := tuple(standing[page_id, None]):
        taken = {row.ordinal for row in named}
        free = next(at for at in range(len(layout) + 1) if at not in taken)
        layout.insert(free, Group(None, None, ungrouped))
    return tuple(layout)

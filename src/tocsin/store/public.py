"""What anybody may know: the things that stand on a public page."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, exists, select

from tocsin.store.tables import issue_components, pages, placements

_PUBLIC = pages.c.visibility == "public"
_PLACED = placements.c.page_id == pages.c.id


def all_public(conn: Connection, topics: Iterable[str]) -> bool:
    """Whether each is `component/ID`, `issue/ID` or `page/SLUG` of a thing on a public page."""
    return all(_is_public(conn, topic) for topic in topics)


def _is_public(conn: Connection, topic: str) -> bool:
    kind, _, name = topic.partition("/")
    match kind:
        case "page":
            return _found(conn, pages.c.slug == name)
        case "component":
            return _found(conn, _PLACED, placements.c.component_id == name)
        case "issue":
            concerned = placements.c.component_id == issue_components.c.component_id
            return _found(conn, _PLACED, concerned, issue_components.c.issue_id == name)
        case _:
            return False


def _found(conn: Connection, *conditions: ColumnElement[bool]) -> bool:
    return bool(conn.execute(select(exists().where(_PUBLIC, *conditions))).scalar())

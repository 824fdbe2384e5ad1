"""What anybody may know: the things that stand on a public page."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from tocsin.store.tables import issue_components, pages, placements

_PUBLIC = pages.c.visibility == "public"


def all_public(conn: Connection, topics: Iterable[str]) -> bool:
    """Whether each of these is `component/ID`, `issue/ID` or `page/SLUG` of a thing on a public page."""
    return all(_is_public(conn, topic) for topic in topics)


def _is_public(conn: Connection, topic: str) -> bool:
    kind, _, name = topic.partition("/")
    match kind:
        case "page":
            found = _PUBLIC & (pages.c.slug == name)
        case "component":
            found = _placed(placements.c.component_id == name)
        case "issue":
            found = _placed(
                and_(
                    placements.c.component_id == issue_components.c.component_id,
                    issue_components.c.issue_id == name,
                )
            )
        case _:
            return False
    return bool(conn.execute(select(exists().where(found))).scalar())


def _placed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(_PUBLIC, placements.c.page_id == pages.c.id, condition)

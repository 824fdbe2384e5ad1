"""The pictures that stand for the pages' names, kept beside the pages."""

from sqlalchemy import Connection, delete, insert, select

from tocsin.model.page import Logo, LogoType
from tocsin.store.tables import page_logos
from tocsin.wire.logo import Picture


def find(conn: Connection, digest: str) -> Picture | None:
    """The picture of that digest, while a page shows it."""
    query = select(page_logos).where(page_logos.c.digest == digest).limit(1)
    row = conn.execute(query).first()
    return None if row is None else Picture(Logo(LogoType(row.type), row.digest), row.data)


def put(conn: Connection, page_id: str, picture: Picture) -> None:
    """Keep a page's picture, in place of the one it had."""
    remove(conn, page_id)
    row = {"type": picture.logo.type, "digest": picture.logo.digest, "data": picture.data}
    conn.execute(insert(page_logos).values(page_id=page_id, **row))


def remove(conn: Connection, page_id: str) -> None:
    """Forget a page's picture."""
    conn.execute(delete(page_logos).where(page_logos.c.page_id == page_id))

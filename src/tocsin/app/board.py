"""The board as it stands in the database, for the moment from which it follows the log."""

from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.board import Board
from tocsin.store import components, issues, pages
from tocsin.store.log import facts


class LoadedBoard(NamedTuple):
    """A board, and the sequence of the newest event that is in it."""

    board: Board
    sequence: int


def load(conn: Connection) -> LoadedBoard:
    """The board at the moment of this read transaction."""
    board = Board(
        pages={stored.page.slug: stored.page for stored in pages.everything(conn)},
        components={component.id: component for component in components.everything(conn)},
        periods=components.periods(conn),
        issues={stored.issue.id: stored.issue for stored in issues.unfinished(conn)},
    )
    return LoadedBoard(board, facts(conn).head)

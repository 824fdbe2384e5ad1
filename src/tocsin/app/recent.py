"""Which issues were recent, as the database and the log have them."""

from sqlalchemy import Connection

from tocsin.app.past import Past
from tocsin.model.board import Board
from tocsin.model.recent import Recent, recent
from tocsin.model.status import REACH
from tocsin.store import history

# How many of them are looked at, the newest before all others.
_LIMIT = 10_000


def load(conn: Connection, board: Board, now: int) -> Recent:
    """What is recent at `now` (Unix seconds), when the board is that."""
    return recent(history.overlapping(conn, board.components, now - REACH, now + 1, _LIMIT), now)


async def load_past(past: Past, board: Board, slug: str, at: int) -> Recent:
    """What was recent on the page `slug` at the time `at`, when `board` stood."""
    shown = board.pages[slug].component_ids
    issues = await past.issues(
        at, lambda conn: history.overlapping(conn, shown, at - REACH, at + 1, _LIMIT)
    )
    return recent(issues, at)

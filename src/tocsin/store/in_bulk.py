"""One statement for many rows, without what SQLAlchemy does for each of them: that takes longer
than to write a small row does."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect

Row = Mapping[str, Any]


def run(conn: Connection, statement: ClauseElement, rows: Iterable[Row]) -> None:
    """Run the statement once for each row of parameters, all of which have the same names, at least
    two.

    It is compiled once, so that it has to be the same object every time. Values go to the driver as
    they are.
    """
    each = iter(rows)
    for first in each:
        sql, bound = _compiled(statement, conn.dialect, tuple(first))
        conn.exec_driver_sql(sql, [bound(first), *map(bound, each)])


@lru_cache(maxsize=256)
def _compiled(
    statement: ClauseElement, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Callable[[Row], Any]]:
    """The statement in the driver's words, and what makes a row into its parameters."""
    compiled = dialect.statement_compiler(
        dialect, statement, column_keys=names, for_executemany=True
    )
    own = {name: value for name, value in compiled.params.items() if name not in names}
    if compiled.positiontup is None:
        return str(compiled), lambda row: {**own, **row}
    ordered = itemgetter(*compiled.positiontup)
    return str(compiled), lambda row: ordered({**own, **row})

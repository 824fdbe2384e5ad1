"""How far streams of a message bus have been taken in."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from tocsin.store.tables import bus_positions
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class BusPosition:
    """The last message taken in of a stream; `created` tells it from others of its name."""

    created: str
    sequence: int


def find(conn: Connection, stream: str) -> BusPosition | None:
    """How far the stream has been taken in; None when nothing of it was."""
    query = select(bus_positions.c.created, bus_positions.c.sequence)
    row = conn.execute(query.where(bus_positions.c.stream == stream)).one_or_none()
    return row and BusPosition(*row)


def put(tx: Tx, stream: str, position: BusPosition) -> None:
    """Note that the stream has been taken in so far."""
    values = {"created": position.created, "sequence": position.sequence}
    query = update(bus_positions).where(bus_positions.c.stream == stream)
    if tx.conn.execute(query.values(values)).rowcount == 0:
        tx.conn.execute(insert(bus_positions).values(stream=stream, **values))

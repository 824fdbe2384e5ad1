"""How many deliveries have ended how, those that were forgotten included."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, select, text

from tocsin.model.delivery import State
from tocsin.store import in_bulk
from tocsin.store.gathered import gathered
from tocsin.store.tables import delivery_counts

_ADD = text("""
    INSERT INTO delivery_counts (endpoint_id, state, number) VALUES (:endpoint_id, :state, :number)
    ON CONFLICT (endpoint_id, state)
    DO UPDATE SET number = delivery_counts.number + excluded.number
""")


class Ending(NamedTuple):
    """A state in which deliveries to an endpoint have ended."""

    endpoint_id: str
    state: State


def add(conn: Connection, ended: Mapping[Ending, int]) -> None:
    """Count deliveries that have ended now."""
    rows = ({**one._asdict(), "number": number} for one, number in ended.items())
    in_bulk.run(conn, _ADD, rows)


def of(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, dict[State, int]]:
    """How many have ended how at each of these endpoints; what there is none of is not named."""
    query = select(delivery_counts).where(delivery_counts.c.endpoint_id.in_(endpoint_ids))
    found = gathered(
        (row.endpoint_id, (State(row.state), row.number)) for row in conn.execute(query)
    )
    return {endpoint_id: dict(found[endpoint_id]) for endpoint_id in endpoint_ids}

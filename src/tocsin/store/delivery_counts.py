"""How many deliveries have ended how, those that were forgotten included."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from tocsin.model.delivery import State
from tocsin.store.gathered import gathered
from tocsin.store.tables import delivery_counts

_MORE = (
    update(delivery_counts)
    .where(
        delivery_counts.c.endpoint_id == bindparam("at"), delivery_counts.c.state == bindparam("so")
    )
    .values(number=delivery_counts.c.number + bindparam("more"))
)


class Ending(NamedTuple):
    """A state in which deliveries to an endpoint have ended."""

    endpoint_id: str
    state: State


def add(conn: Connection, ended: Mapping[Ending, int]) -> None:
    """Count deliveries that have ended now."""
    if not ended:
        return
    kept = {ending for ending, _ in _load(conn, {one.endpoint_id for one in ended})}
    more = [
        {"at": one.endpoint_id, "so": one.state, "more": number}
        for one, number in ended.items()
        if one in kept
    ]
    first = [
        {**one._asdict(), "number": number} for one, number in ended.items() if one not in kept
    ]
    for statement, rows in ((_MORE, more), (insert(delivery_counts), first)):
        if rows:
            conn.execute(statement, rows)


def of(conn: Connection, endpoint_ids: Collection[str]) -> dict[str, dict[State, int]]:
    """How many have ended how at each of these endpoints; what there is none of is not named."""
    found = gathered(
        (one.endpoint_id, (one.state, number)) for one, number in _load(conn, endpoint_ids)
    )
    return {endpoint_id: dict(found[endpoint_id]) for endpoint_id in endpoint_ids}


def _load(conn: Connection, endpoint_ids: Collection[str]) -> Iterator[tuple[Ending, int]]:
    query = select(delivery_counts).where(delivery_counts.c.endpoint_id.in_(endpoint_ids))
    for endpoint_id, state, number in conn.execute(query):
        yield Ending(endpoint_id, State(state)), number

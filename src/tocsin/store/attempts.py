"""What was sent to endpoints, and what they answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, func, insert, select

from tocsin.model.exchange import KEPT_LIMIT, Exchange, Fault, Request, Response
from tocsin.store import in_bulk
from tocsin.store.tables import attempts

# In the order in which they were heard of: two workers may have made the same try.
_NUMBER = (
    select(func.coalesce(func.max(attempts.c.number), 0) + 1)
    .where(attempts.c.delivery_id == bindparam("of"))
    .scalar_subquery()
)
_ADD = insert(attempts).values(delivery_id=bindparam("of"), number=_NUMBER)


@dataclass(frozen=True)
class Attempt:
    """An exchange that was made for a delivery, without the body that was sent. `number` counts
    the delivery's attempts from 1."""

    number: int
    exchange: Exchange


def add(conn: Connection, made: Sequence[tuple[str, Exchange]]) -> None:
    """Keep the exchanges, each with the id of its delivery, which must still be there."""
    in_bulk.run(conn, _ADD, (_row(delivery_id, exchange) for delivery_id, exchange in made))


def listing(conn: Connection, delivery_id: str) -> list[Attempt]:
    """The attempts of a delivery, oldest first."""
    query = select(attempts).where(attempts.c.delivery_id == delivery_id)
    return [_attempt(row) for row in conn.execute(query.order_by(attempts.c.number))]


def _row(delivery_id: str, exchange: Exchange) -> dict[str, Any]:
    response = exchange.response
    return {
        "of": delivery_id,
        "started_at_ms": exchange.started_at_ms,
        "duration_ms": exchange.duration_ms,
        "url": exchange.request.url,
        "request_headers": _json(exchange.request.headers),
        "status": response and response.status,
        "fault": exchange.fault,
        "response_headers": response and _json(response.headers),
        "response_body": response and response.body[:KEPT_LIMIT],
    }


def _json(headers: Any) -> str:
    return msgspec.json.encode(headers).decode()


def _attempt(row: Row[Any]) -> Attempt:
    request = Request(row.url, msgspec.json.decode(row.request_headers), b"")
    exchange = Exchange(
        row.started_at_ms,
        row.duration_ms,
        request,
        _response(row),
        Fault(row.fault) if row.fault else None,
    )
    return Attempt(row.number, exchange)


def _response(row: Row[Any]) -> Response | None:
    if row.status is None:
        return None
    return Response(row.status, msgspec.json.decode(row.response_headers), row.response_body)

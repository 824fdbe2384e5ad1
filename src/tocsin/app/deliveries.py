"""Deliveries, and what was sent for them, for people to look at."""

from sqlalchemy import Connection

from tocsin.model.delivery import Delivery
from tocsin.model.errors import not_found
from tocsin.store import delivery_log, log
from tocsin.wire import webhook


def get(conn: Connection, delivery_id: str) -> Delivery:
    """The delivery of that id. Refused: not_found."""
    found = delivery_log.find(conn, delivery_id)
    if found is None:
        raise not_found("delivery")
    return found


def body(conn: Connection, delivery: Delivery) -> bytes | None:
    """What every attempt of a delivery has sent; None: the log does not have its event any more."""
    events = log.chosen(conn, [delivery.sequence])
    if not events:
        return None
    return webhook.body(events[0], delivery.webhook_id, delivery.base_url)

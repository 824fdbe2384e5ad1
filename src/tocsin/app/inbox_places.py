"""What a request for an operation's stream is about, found out in one transaction."""

from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model import inbox
from tocsin.model.inbox import Log, Place
from tocsin.store import log, operations

LAST = "last"


class Asked(NamedTuple):
    """What a request says: `run` is empty, LAST or a number, `seen` its Last-Event-ID or empty."""

    operation_id: str
    run: str
    seen: str


def end_of_log(conn: Connection) -> Log:
    """The log as it is in a transaction that only reads."""
    facts = log.facts(conn)
    return Log(facts.epoch, facts.head)


def find(conn: Connection, asked: Asked, end: Log) -> Place:
    """The place that is asked for, in the log as it is in this transaction."""
    if asked.run not in {"", LAST}:
        run = operations.run(conn, asked.operation_id, int(asked.run))
        return inbox.one_run(run, asked.seen, end)
    operation = operations.find(conn, asked.operation_id)
    last = None if operation is None else operation.last
    decide = inbox.one_run if asked.run else inbox.next_or_open
    return decide(last, asked.seen, end)

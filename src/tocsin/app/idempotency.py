"""Doing a repeated call once: its first answer is kept in the transaction of its change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from tocsin.model.errors import Code, Refused
from tocsin.model.position import Position
from tocsin.store import idempotency
from tocsin.store.idempotency import Call, Kept
from tocsin.store.tx import Tx

POSITION_HEADER = "tocsin-position"


@dataclass(frozen=True)
class Answer:
    """What a change is answered with.

    `body` is JSON or empty, `about` the id of what was made. An answer with a `secret` in its body
    is not kept for repeats of the call.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    secret: bool = False


class AlreadyDone(Refused):
    """The call was done before and its answer, which held a secret, was not kept.

    `about` is the id of what it made.
    """

    def __init__(self, about: str | None) -> None:
        super().__init__(
            Code.ALREADY_DONE,
            f"This was done before ({about}), and its answer held a secret that is not kept.",
        )
        self.about = about


def once(call: Call, unit: Callable[[Tx], Answer]) -> Callable[[Tx], Answer]:
    """The unit of work that does `unit` the first time and gives its answer again every other time.

    Within 24 hours; then the key is free again. A refused call is not kept: it changed nothing.
    Raises Refused (idempotency_key_reused) when the key came with another body before.
    """

    def first_or_again(tx: Tx) -> Answer:
        before = answered(tx.conn, call, tx.now)
        if before is not None:
            return before
        answer = unit(tx)
        position = str(Position(tx.epoch, tx.head))
        answer = replace(answer, headers={**answer.headers, POSITION_HEADER: position})
        idempotency.keep(tx.conn, call, _kept(call, answer), tx.now)
        return answer

    return first_or_again


def answered(conn: Connection, call: Call, now: int) -> Answer | None:
    """What was answered to the call the first time; None when it was not done by then (Unix
    seconds). Refused as `once`."""
    kept = idempotency.find(conn, call, now)
    return None if kept is None else _again(call, kept)


def _kept(call: Call, answer: Answer) -> Kept:
    body = None if answer.secret else answer.body
    return Kept(call.digest, answer.status, body, dict(answer.headers), answer.about)


def _again(call: Call, kept: Kept) -> Answer:
    if kept.digest != call.digest:
        raise Refused(
            Code.IDEMPOTENCY_KEY_REUSED,
            "This Idempotency-Key came with another body before: use a new key for a new call.",
        )
    if kept.body is None:
        raise AlreadyDone(kept.about)
    return Answer(kept.status, kept.body, kept.headers, kept.about)

"""The first answers to calls that carried an Idempotency-Key, kept for 24 hours."""

import json
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from tocsin.store.tables import idempotency

KEPT_S = 24 * 60 * 60


@dataclass(frozen=True)
class Call:
    """One call that may be repeated: who calls what with which key, and the body's SHA-256."""

    token_id: str
    method: str
    path: str
    key: str
    digest: bytes


@dataclass(frozen=True)
class Kept:
    """What was answered to a call. `body` None: it held a secret and was not kept."""

    digest: bytes
    status: int
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    about: str | None = None


def _same(call: Call) -> ColumnElement[bool]:
    return and_(
        idempotency.c.token_id == call.token_id,
        idempotency.c.method == call.method,
        idempotency.c.path == call.path,
        idempotency.c.key == call.key,
    )


def find(conn: Connection, call: Call, now: int) -> Kept | None:
    """The answer kept for this key, whatever body it came with; None when none is kept any more."""
    row = conn.execute(
        select(idempotency).where(_same(call), idempotency.c.recorded_at > now - KEPT_S)
    ).one_or_none()
    if row is None:
        return None
    return Kept(row.digest, row.status, row.body, json.loads(row.headers), row.about)


def keep(conn: Connection, call: Call, answer: Kept, now: int) -> None:
    """Write down the answer; one that is past its time gives way."""
    conn.execute(delete(idempotency).where(_same(call)))
    conn.execute(
        insert(idempotency).values(
            token_id=call.token_id,
            method=call.method,
            path=call.path,
            key=call.key,
            digest=answer.digest,
            status=answer.status,
            headers=json.dumps(answer.headers),
            body=answer.body,
            about=answer.about,
            recorded_at=now,
        )
    )

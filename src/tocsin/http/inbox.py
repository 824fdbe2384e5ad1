"""The stream of an operation, `GET /events?stream=ID`, as ernest's clients open it
(seeds/ernest-monit.txt). What it refuses it refuses as they expect, in plain text."""

import re
from typing import assert_never

from starlette.types import Scope

from tocsin.app.access import Access
from tocsin.app.inbox_places import LAST, Asked
from tocsin.app.inboxes import Inboxes
from tocsin.app.tickets import Tickets
from tocsin.http.auth import secret_in_cookie, secret_of
from tocsin.model.access import Principal
from tocsin.model.access import Scope as Right
from tocsin.model.inbox import Follow, Place, Wait, Without
from tocsin.model.operation import ID_RULE, is_id
from tocsin.push.dispatch import Reply, StreamRequest
from tocsin.push.stream import Opening
from tocsin.store.tickets import Ticket

_RUN = re.compile(rf"|{LAST}|[1-9][0-9]{{0,8}}")


def _text(status: int, body: str) -> Reply:
    return Reply(status, ((b"content-type", b"text/plain; charset=utf-8"),), body.encode())


_UNAUTHORIZED = _text(401, "Unauthorized")
_FORBIDDEN = _text(403, f"The token lacks the scope {Right.READ.value}.")
_INSTEAD = {
    Without.REST: Reply(204),
    Without.RUN: _text(404, "There is no such run."),
    Without.RIGHT: _UNAUTHORIZED,
}


class InboxStream:
    """The streams of all operations: one path, for their clients know but that."""

    path = re.compile("/events")
    cross_origin = True

    def __init__(self, inboxes: Inboxes, access: Access, tickets: Tickets) -> None:
        self._inboxes = inboxes
        self._access = access
        self._tickets = tickets

    def serves(self, scope: Scope) -> bool:
        """Every request for its path."""
        return True

    async def open(self, request: StreamRequest) -> Opening | Reply:
        """Let the caller in, and only then look at what it asks for."""
        asked = Asked(
            operation_id=request.first("stream") or "",
            run=request.first("run") or "",
            seen=request.headers.get("last-event-id", ""),
        )
        holder = await self._holder(request, asked)
        if holder is None:
            return _UNAUTHORIZED
        if isinstance(holder, Principal) and not holder.may(Right.READ):
            return _FORBIDDEN
        fault = _fault(asked)
        if fault is not None:
            return _text(400, fault)
        if isinstance(holder, Ticket):
            return await self._answer(holder.owner, asked, await self._tickets.place(holder, asked))
        return await self._answer(holder.id, asked, await self._inboxes.place(asked))

    async def _holder(self, request: StreamRequest, asked: Asked) -> Principal | Ticket | None:
        """Who asks: by what it says itself, and only then by what a browser adds to it."""
        secret, ticket = secret_of(request.headers), request.first("ticket")
        if secret is None and ticket is not None:
            return await self._tickets.find(ticket, asked.operation_id)
        if secret is None:
            secret = secret_in_cookie(request.headers)
        return await self._access.principal(secret) if secret else None

    async def _answer(self, owner: str, asked: Asked, place: Place) -> Opening | Reply:
        match place:
            case Wait() | Follow():
                await self._inboxes.caught_up(place)
                return Opening(
                    owner, lambda reader: self._inboxes.join(reader, asked.operation_id, place)
                )
            case Without():
                return _INSTEAD[place]
            case _:
                assert_never(place)


def _fault(asked: Asked) -> str | None:
    """What is wrong with the request as such."""
    if not asked.operation_id:
        return "Please specify a stream!"
    if not is_id(asked.operation_id):
        return f"stream {ID_RULE}"
    if not _RUN.fullmatch(asked.run):
        return f"run must be {LAST} or a number from 1"
    return None

"""/api/v1/tickets."""

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import tickets
from tocsin.app.passwords import new_secret
from tocsin.http.auth import Caller
from tocsin.http.body import Body
from tocsin.http.changes import change, created
from tocsin.http.route import Routes
from tocsin.model.access import Scope
from tocsin.model.operation import ID_PATTERN

routes = Routes("operations")


class TicketIn(Body):
    """For which operation."""

    stream: Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]


class TicketOut(BaseModel):
    """A ticket just made; `ticket` is shown this once. It has to be used before `expires_at`."""

    ticket: str
    stream: str
    expires_at: int


@routes.post("/tickets", Scope.READ, answers=TicketOut)
async def create_ticket(request: Request, caller: Caller, given: TicketIn) -> Response:
    """Make a ticket for a client that can set no headers, such as a browser's EventSource: with
    `GET /events?stream=ID&ticket=T` it watches one run of that operation, however often it has to
    come back. It ends with the token or session that made it."""
    secret = new_secret()
    return await change(
        request,
        lambda tx: tickets.make(tx, given.stream, caller.id, secret),
        lambda ticket: created(
            TicketOut(ticket=secret, stream=given.stream, expires_at=ticket.expires_at),
            given.stream,
            secret=True,
        ),
    )

"""/api/v1/incidents/bulk: one command for many incidents, with a result for each."""

from typing import Annotated, Any, Final, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.responses import Response

from tocsin.app import incidents
from tocsin.app.incidents import Command
from tocsin.http.body import Body
from tocsin.http.changes import change, done
from tocsin.http.incident_answers import IncidentOut
from tocsin.http.incident_bodies import (
    Ack,
    Assignment,
    CommandBody,
    Comment,
    Reopening,
    Resolution,
    Responders,
    Snooze,
    Storm,
    Unack,
    Wake,
)
from tocsin.http.incidents import actor
from tocsin.http.left_out import left_out
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import Refused, invalid
from tocsin.model.person import Person
from tocsin.store.tx import Tx
from tocsin.wire import problem

routes = Routes("incidents")

LIMIT: Final = 100

_COMMANDS: dict[str, type[CommandBody]] = {
    "assign": Assignment,
    "responders": Responders,
    "ack": Ack,
    "unack": Unack,
    "snooze": Snooze,
    "wake": Wake,
    "storm": Storm,
    "comment": Comment,
    "resolve": Resolution,
    "reopen": Reopening,
}
_Name = Literal[
    "assign",
    "responders",
    "ack",
    "unack",
    "snooze",
    "wake",
    "storm",
    "comment",
    "resolve",
    "reopen",
]


class BulkIn(Body):
    """What to do to which incidents. `args` is the body that the command has alone."""

    ids: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=LIMIT)]
    command: _Name
    args: dict[str, Any] = Field(default_factory=dict)

    def body(self) -> CommandBody:
        """The command with its body. Raises RequestValidationError."""
        try:
            return _COMMANDS[self.command].model_validate(self.args)
        except ValidationError as error:
            wrong = [{**one, "loc": ("body", "args", *one["loc"])} for one in error.errors()]
            raise RequestValidationError(wrong) from error


class ErrorOut(BaseModel):
    """Why nothing was done."""

    code: str
    detail: str


class ResultOut(BaseModel):
    """What came of it for one incident: the status that the command would have answered with alone,
    and the incident after it, or why it was refused."""

    id: str
    status: int
    incident: IncidentOut | None = left_out()
    error: ErrorOut | None = left_out()


class BulkOut(BaseModel):
    """A result for each incident, in the order of the call."""

    data: list[ResultOut]


@routes.post("/incidents/bulk", Scope.INCIDENTS_WRITE, answers=BulkOut, status=200)
async def command_incidents(request: Request, given: BulkIn) -> Response:
    """Do something to many incidents: to each that it can be done to, in one transaction."""
    if len(set(given.ids)) < len(given.ids):
        raise invalid("ids", "must be different incidents")
    body, url = given.body(), services_of(request).url

    def unit(tx: Tx) -> BulkOut:
        command, person = body.command(tx), actor(request, tx)
        return BulkOut(data=[_result(tx, one, command, person, url) for one in given.ids])

    return await change(request, unit, done)


def _result(tx: Tx, incident_id: str, command: Command, person: Person, url: str) -> ResultOut:
    """A refused command has written nothing, so that the others are none the worse for it."""
    try:
        incident = incidents.act(tx, incident_id, command, person)
    except Refused as refused:
        error = ErrorOut(code=refused.code, detail=refused.detail)
        return ResultOut(id=incident_id, status=problem.status(refused.code), error=error)
    return ResultOut(id=incident_id, status=200, incident=IncidentOut.of(incident, url))

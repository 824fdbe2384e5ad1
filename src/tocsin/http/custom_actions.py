"""/api/v1/incidents/{id}: its buttons (`actions`), and pressing one (`custom-action`)."""

from typing import Self

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from tocsin.app import custom_actions
from tocsin.app.custom_actions import Press, Pressed
from tocsin.app.idempotency import Answer
from tocsin.http.attempt_answers import AttemptOut
from tocsin.http.auth import Caller
from tocsin.http.body import Body, Id
from tocsin.http.changes import call_of, done, respond
from tocsin.http.conditions import IfMatch
from tocsin.http.incident_answers import IncidentOut
from tocsin.http.incidents import tag
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.endpoint import Endpoint
from tocsin.model.errors import Code

routes = Routes("incidents")


class ButtonOut(BaseModel):
    """A button of an incident: a custom action that may be called."""

    endpoint_id: str
    name: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """As the API shows it."""
        return cls(endpoint_id=endpoint.id, name=endpoint.name)


class PressIn(Body):
    """Which button is pressed."""

    endpoint_id: Id


class PressedOut(IncidentOut):
    """The incident, and what came of the one attempt to call the receiver: the incident tells of it
    only if that has `succeeded`."""

    succeeded: bool
    attempt: AttemptOut

    @classmethod
    def after(cls, pressed: Pressed, url: str, *, whole: bool) -> Self:
        """As the API shows it; the request as a whole to those with `webhooks:write`."""
        incident = IncidentOut.of(pressed.incident, url)
        attempt = AttemptOut.of(pressed.exchange, whole=whole)
        return cls(**vars(incident), succeeded=pressed.succeeded, attempt=attempt)


@routes.get("/incidents/{incident_id}/actions", answers=Listing[ButtonOut])
async def list_actions(request: Request, incident_id: str, page: Page) -> Listing[ButtonOut]:
    """The buttons of an incident, newest first: what its channel's custom actions are."""
    found = await services_of(request).store.read(
        lambda conn: custom_actions.buttons(conn, incident_id, page.before, page.fetch)
    )
    return page.page(found, lambda one: one.id, ButtonOut.of)


@routes.post(
    "/incidents/{incident_id}/custom-action",
    Scope.INCIDENTS_WRITE,
    answers=PressedOut,
    status=200,
    refuses=(Code.PRECONDITION_FAILED, Code.ENDPOINT_DISABLED, Code.CONFLICT),
    tagged=True,
)
async def call_custom_action(
    request: Request, incident_id: str, given: PressIn, if_match: IfMatch, caller: Caller
) -> Response:
    """Call the receiver of a custom action at once, and once. What it answers is no failure of this
    call: see `succeeded`."""
    services = services_of(request)
    whole = caller.may(Scope.WEBHOOKS_WRITE)

    def answer(pressed: Pressed) -> Answer:
        told = PressedOut.after(pressed, services.url, whole=whole)
        return done(told, told.incident_id, etag=tag(pressed.incident))

    press = Press(incident_id, given.endpoint_id, caller.person_id, if_match)
    call = call_of(request, caller, await request.body())
    return respond(request, await services.actions.press(press, answer, call))

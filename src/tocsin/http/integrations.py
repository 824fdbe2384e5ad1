"""/api/v1/integrations."""

from typing import Annotated, Self

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import integrations
from tocsin.app.idempotency import Answer
from tocsin.app.integrations import IntegrationChanges, NewIntegration, new_key
from tocsin.http.auth import Caller
from tocsin.http.body import Body, Name
from tocsin.http.changes import change, created, done, removed
from tocsin.http.incident_bodies import Number
from tocsin.http.left_out import left_out
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.alert_event import LABEL_NAME_LIMIT, LABELS_LIMIT
from tocsin.model.integration import Integration, Kind, url
from tocsin.store import integrations as rows
from tocsin.store.tx import Tx

routes = Routes("integrations")

KindName = Annotated[Kind, Field(strict=False)]
Labels = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=LABEL_NAME_LIMIT)], str],
    Field(max_length=LABELS_LIMIT, description="Added to those that each of its alerts has."),
]


class IntegrationIn(Body):
    """An integration to be made."""

    name: Name
    kind: KindName
    channel_id: Number
    labels: Labels = Field(default_factory=dict)


class IntegrationPatch(Patch):
    """What to change of an integration."""

    name: Name = absent()
    channel_id: Number = absent()
    labels: Labels = absent()
    id: Repeated = absent()
    kind: Repeated = absent()
    key: Repeated = absent()
    url: Repeated = absent()
    created_at: Repeated = absent()


class IntegrationOut(BaseModel):
    """An integration; `url` is where it is to send its alerts. `key` and `url` need
    `incidents:write`."""

    id: str
    name: str
    kind: Kind
    channel_id: int
    labels: dict[str, str]
    key: str | None = left_out()
    url: str | None = left_out()
    created_at: int

    @classmethod
    def of(cls, integration: Integration, public_url: str, caller: Principal) -> Self:
        """As the API shows it to the caller."""
        shown = vars(integration) | {"url": url(integration, public_url)}
        if not caller.may(Scope.INCIDENTS_WRITE):
            shown |= {"key": None, "url": None}
        return cls(**shown)


@routes.get("/integrations", answers=Listing[IntegrationOut])
async def list_integrations(
    request: Request, page: Page, caller: Caller
) -> Listing[IntegrationOut]:
    """Every integration, newest first."""
    services = services_of(request)
    found = await services.store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(
        found, lambda one: one.id, lambda one: IntegrationOut.of(one, services.url, caller)
    )


@routes.post("/integrations", Scope.INCIDENTS_WRITE, answers=IntegrationOut)
async def create_integration(request: Request, given: IntegrationIn, caller: Caller) -> Response:
    """Make an integration, with a key of its own."""
    public_url, key = services_of(request).url, new_key()
    new = NewIntegration(**given.model_dump())
    return await change(
        request,
        lambda tx: integrations.create(tx, new, key),
        lambda made: created(IntegrationOut.of(made, public_url, caller), made.id),
    )


@routes.get("/integrations/{integration_id}", answers=IntegrationOut)
async def show_integration(request: Request, integration_id: str, caller: Caller) -> IntegrationOut:
    """One integration."""
    services = services_of(request)
    found = await services.store.read(lambda conn: integrations.get(conn, integration_id))
    return IntegrationOut.of(found, services.url, caller)


@routes.patch("/integrations/{integration_id}", Scope.INCIDENTS_WRITE, answers=IntegrationOut)
async def edit_integration(
    request: Request, integration_id: str, given: IntegrationPatch, caller: Caller
) -> Response:
    """Change an integration. The alerts that it brought stay where they are."""
    public_url = services_of(request).url
    changes = IntegrationChanges(**given.given())

    def unit(tx: Tx) -> Integration:
        found = integrations.get(tx.conn, integration_id)
        given.check_repeated(IntegrationOut.of(found, public_url, caller))
        return integrations.edit(tx, found, changes)

    return await change(request, unit, lambda one: _answer(one, public_url, caller))


@routes.post(
    "/integrations/{integration_id}/rotate-key",
    Scope.INCIDENTS_WRITE,
    answers=IntegrationOut,
    status=200,
)
async def rotate_integration_key(request: Request, integration_id: str, caller: Caller) -> Response:
    """Give an integration another key. What shows the old one is let in no more."""
    public_url, key = services_of(request).url, new_key()
    return await change(
        request,
        lambda tx: integrations.rotate_key(tx, integrations.get(tx.conn, integration_id), key),
        lambda one: _answer(one, public_url, caller),
    )


@routes.delete("/integrations/{integration_id}", Scope.INCIDENTS_WRITE)
async def delete_integration(request: Request, integration_id: str) -> Response:
    """Delete an integration. Its key is refused from now on; its alerts stay."""
    return await change(
        request,
        lambda tx: integrations.delete(tx, integrations.get(tx.conn, integration_id)),
        removed,
    )


def _answer(integration: Integration, public_url: str, caller: Principal) -> Answer:
    return done(IntegrationOut.of(integration, public_url, caller), integration.id)

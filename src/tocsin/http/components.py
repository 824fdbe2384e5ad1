"""/api/v1/components."""

from typing import Annotated, Any, Self

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import components
from tocsin.app.components import ComponentChanges, NewComponent
from tocsin.app.idempotency import Answer
from tocsin.app.pages import Place
from tocsin.http.body import Body, Name
from tocsin.http.changes import change, created, done, removed
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.component import State
from tocsin.model.errors import Code
from tocsin.model.page import MAIN
from tocsin.store import components as rows
from tocsin.store.components import Status, StoredComponent
from tocsin.store.tx import Tx

routes = Routes("components")

StateName = Annotated[State, Field(strict=False)]
Description = Annotated[str, Field(max_length=65_536)]
Slug = Annotated[str, Field(min_length=1, max_length=64)]
Group = Annotated[
    Name | None,
    Field(description="The group's id or name; a new name makes a group. Null: ungrouped."),
]


class ComponentIn(Body):
    """A component to be made, and where it is to stand."""

    name: Name
    description: Description = ""
    manual_state: StateName = State.OPERATIONAL
    follow_incidents: bool = False
    page: Slug = MAIN
    group: Group = absent()


class ComponentPatch(Patch):
    """What to change of a component; `page` and `group` append it there."""

    name: Name = absent()
    description: Description = absent()
    manual_state: StateName = absent()
    follow_incidents: bool = absent()
    page: Slug = absent()
    group: Group = absent()
    id: Repeated = absent()
    state: Repeated = absent()
    pages: Repeated = absent()


class StateIn(Body):
    """A state to be set."""

    state: StateName


class ComponentOut(BaseModel):
    """A component. `state` is the effective one, `manual_state` the one that was set."""

    id: str
    name: str
    description: str
    state: State
    manual_state: State
    follow_incidents: bool
    pages: list[str]

    @classmethod
    def of(cls, stored: StoredComponent) -> Self:
        """As the API shows it."""
        component = stored.component
        return cls(
            id=component.id,
            name=component.name,
            description=component.description,
            state=component.state,
            manual_state=component.manual_state,
            follow_incidents=component.follow_incidents,
            pages=list(stored.pages),
        )


class StatusOut(BaseModel):
    """A period that a component spent in one effective state; the current one has no end."""

    state: State
    began_at: int
    ended_at: int | None

    @classmethod
    def of(cls, status: Status) -> Self:
        """As the API shows it."""
        return cls(state=status.state, began_at=status.began_at, ended_at=status.ended_at)


@routes.get("/components", answers=Listing[ComponentOut])
async def list_components(request: Request, page: Page) -> Listing[ComponentOut]:
    """Every component, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda one: one.component.id, ComponentOut.of)


@routes.post("/components", Scope.PAGES_WRITE, answers=ComponentOut)
async def create_component(request: Request, given: ComponentIn) -> Response:
    """Make a component and append it to a page."""
    fields = given.model_dump(exclude_unset=True)
    place = _place(fields)
    new = NewComponent(**fields)
    return await change(
        request,
        lambda tx: components.create(tx, new, place or Place()),
        lambda made: created(ComponentOut.of(made), made.component.id),
    )


@routes.get("/components/{component_id}", answers=ComponentOut)
async def show_component(request: Request, component_id: str) -> ComponentOut:
    """One component."""
    store = services_of(request).store
    return ComponentOut.of(await store.read(lambda conn: components.get(conn, component_id)))


@routes.patch("/components/{component_id}", Scope.PAGES_WRITE, answers=ComponentOut)
async def edit_component(request: Request, component_id: str, given: ComponentPatch) -> Response:
    """Change a component, or append it to a page or a group."""
    fields = given.given()
    place = _place(fields)
    changes = ComponentChanges(**fields)

    def unit(tx: Tx) -> StoredComponent:
        stored = components.get(tx.conn, component_id)
        given.check_repeated(ComponentOut.of(stored))
        return components.edit(tx, stored, changes, place)

    return await change(request, unit, _answer)


@routes.delete("/components/{component_id}", Scope.PAGES_WRITE, refuses=(Code.COMPONENT_IN_USE,))
async def delete_component(request: Request, component_id: str) -> Response:
    """Delete a component, which no standing or coming issue may name."""
    return await change(
        request,
        lambda tx: components.delete(tx, components.get(tx.conn, component_id)),
        removed,
    )


@routes.put("/components/{component_id}/state", Scope.PAGES_WRITE, answers=ComponentOut)
async def set_component_state(request: Request, component_id: str, given: StateIn) -> Response:
    """Set the manual state of a component."""
    changes = ComponentChanges(manual_state=given.state)
    return await change(
        request,
        lambda tx: components.edit(tx, components.get(tx.conn, component_id), changes),
        _answer,
    )


@routes.get("/components/{component_id}/statuses", answers=Listing[StatusOut])
async def list_statuses(request: Request, component_id: str, page: Page) -> Listing[StatusOut]:
    """The periods that a component spent in one effective state, newest first."""

    def query(conn: Connection) -> list[Status]:
        components.get(conn, component_id)
        return rows.listing_statuses(conn, component_id, page.before, page.fetch)

    found = await services_of(request).store.read(query)
    return page.page(found, lambda status: status.id, StatusOut.of)


def _answer(stored: StoredComponent) -> Answer:
    return done(ComponentOut.of(stored), stored.component.id)


def _place(fields: dict[str, Any]) -> Place | None:
    """Take `page` and `group` out of the fields; None when neither was given."""
    given = {name: fields.pop(name) for name in ("page", "group") if name in fields}
    return Place(**given) if given else None

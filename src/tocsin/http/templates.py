"""/api/v1/issue-templates."""

from typing import Self

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from tocsin.app import templates
from tocsin.app.templates import NewTemplate, TemplateChanges
from tocsin.http.body import Body, Name
from tocsin.http.changes import change, created, done, removed
from tocsin.http.issues import ComponentIds, Label, Override, Text, rendered
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.component import State
from tocsin.model.issue import IssueLabel
from tocsin.model.template import Template
from tocsin.store import templates as rows
from tocsin.store.tx import Tx

routes = Routes("issue templates")


class TemplateIn(Body):
    """A template to be made: its `name`, and what an issue made from it says."""

    name: Name
    title: Name
    body: Text = ""
    label: Label | None = None
    state_override: Override | None = None
    component_ids: ComponentIds = ()


class TemplatePatch(Patch):
    """What to change of a template."""

    name: Name = absent()
    title: Name = absent()
    body: Text = absent()
    label: Label | None = absent()
    state_override: Override | None = absent()
    component_ids: ComponentIds = absent()
    id: Repeated = absent()
    body_html: Repeated = absent()
    created_at: Repeated = absent()


class TemplateOut(BaseModel):
    """A template. Components that were deleted are no longer in it."""

    id: str
    name: str
    title: str
    body: str
    body_html: str
    label: IssueLabel | None
    state_override: State | None
    component_ids: list[str]
    created_at: int

    @classmethod
    def of(cls, template: Template) -> Self:
        """As the API shows it."""
        return cls.model_validate(template, from_attributes=True)


@routes.get("/issue-templates", answers=Listing[TemplateOut])
async def list_issue_templates(request: Request, page: Page) -> Listing[TemplateOut]:
    """Every template, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda one: one.id, TemplateOut.of)


@routes.post("/issue-templates", Scope.ISSUES_WRITE, answers=TemplateOut)
async def create_issue_template(request: Request, given: TemplateIn) -> Response:
    """Make a template."""
    new = NewTemplate(**await rendered(given.model_dump()))
    return await change(
        request,
        lambda tx: templates.create(tx, new),
        lambda made: created(TemplateOut.of(made), made.id),
    )


@routes.get("/issue-templates/{template_id}", answers=TemplateOut)
async def show_issue_template(request: Request, template_id: str) -> TemplateOut:
    """One template."""
    store = services_of(request).store
    return TemplateOut.of(await store.read(lambda conn: templates.get(conn, template_id)))


@routes.patch("/issue-templates/{template_id}", Scope.ISSUES_WRITE, answers=TemplateOut)
async def edit_issue_template(request: Request, template_id: str, given: TemplatePatch) -> Response:
    """Change a template. The issues made from it stay as they are."""
    changes = TemplateChanges(**await rendered(given.given()))

    def unit(tx: Tx) -> Template:
        template = templates.get(tx.conn, template_id)
        given.check_repeated(TemplateOut.of(template))
        return templates.edit(tx, template, changes)

    return await change(request, unit, lambda one: done(TemplateOut.of(one), one.id))


@routes.delete("/issue-templates/{template_id}", Scope.ISSUES_WRITE)
async def delete_issue_template(request: Request, template_id: str) -> Response:
    """Delete a template. The issues made from it stay as they are."""
    return await change(
        request, lambda tx: templates.delete(tx, templates.get(tx.conn, template_id)), removed
    )

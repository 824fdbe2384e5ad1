"""/api/v1/issues."""

import asyncio
from typing import Annotated, Any, Self

from fastapi import Request
from msgspec import UNSET
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from tocsin.app import issues, templates
from tocsin.app.idempotency import Answer
from tocsin.http.body import Body, Id, Name, Time
from tocsin.http.changes import change, created, done, removed, shown
from tocsin.http.conditions import IfMatch
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.component import State
from tocsin.model.errors import Code
from tocsin.model.issue import (
    BODY_LIMIT,
    COMPONENTS_LIMIT,
    IssueLabel,
    NewIssue,
    NewUpdate,
    Update,
    UpdateLabel,
)
from tocsin.model.issue_edit import Changes
from tocsin.model.precondition import Precondition, etag
from tocsin.model.unset import without_unset
from tocsin.store import issues as rows
from tocsin.store.issues import StoredIssue
from tocsin.store.tx import Tx
from tocsin.wire import markdown

routes = Routes("issues")

Text = Annotated[str, Field(max_length=BODY_LIMIT)]
Label = Annotated[IssueLabel, Field(strict=False)]
NewUpdateLabel = Annotated[UpdateLabel, Field(strict=False)]
Override = Annotated[State, Field(strict=False)]
ComponentIds = Annotated[tuple[Id, ...], Field(strict=False, max_length=COMPONENTS_LIMIT)]


def _nothing_said() -> Any:
    return UNSET


class IssueIn(Body):
    """An issue to be made: with `starts_at` and `ends_at` scheduled, with `began_at` and `ended_at`
    one that is over already. `template` is the id of one that says what the issue does not."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["template"]}, {"required": ["title", "component_ids"]}]
        }
    )

    template: Id | None = None
    title: Name = absent()
    body: Text = ""
    label: Label | None = None
    component_ids: Annotated[ComponentIds, Field(min_length=1)] = absent()
    state_override: Override | None = None
    starts_at: Time | None = None
    ends_at: Time | None = None
    began_at: Time | None = None
    ended_at: Time | None = None


class IssuePatch(Patch):
    """What to correct of an issue."""

    title: Name = absent()
    body: Text = absent()
    label: Label | None = absent()
    component_ids: ComponentIds = absent()
    state_override: Override | None = absent()
    starts_at: Time | None = absent()
    ends_at: Time | None = absent()
    id: Repeated = absent()
    body_html: Repeated = absent()
    standing: Repeated = absent()
    scheduled: Repeated = absent()
    began_at: Repeated = absent()
    ended_at: Repeated = absent()
    created_at: Repeated = absent()
    updates: Repeated = absent()
    cancelled: Repeated = absent()
    retrospective: Repeated = absent()


class Cancellation(Body):
    """What to say of a scheduled issue that is called off."""

    body: Text = ""


_UNSAID = Cancellation()


class UpdateIn(Body):
    """What to say of an issue. Without `state_override` the override stays; null takes it away."""

    body: Text = ""
    label: NewUpdateLabel | None = None
    state_override: Override | None = absent()


class UpdateOut(BaseModel):
    """Something that was said of an issue; it has `state_override` if it said so of that."""

    id: str
    issue_id: str
    body: str
    body_html: str
    label: UpdateLabel | None
    state_override: State | None = Field(
        default_factory=_nothing_said, exclude_if=lambda state: state is UNSET
    )
    created_at: int

    @classmethod
    def of(cls, update: Update) -> Self:
        """As the API shows it."""
        return cls(**without_unset(update))


class IssueOut(BaseModel):
    """An issue with its updates, newest first. `state_override` is the last one that was given."""

    id: str
    title: str
    body: str
    body_html: str
    label: IssueLabel | None
    component_ids: list[str]
    state_override: State | None
    standing: bool
    scheduled: bool
    starts_at: int | None
    ends_at: int | None
    began_at: int | None
    ended_at: int | None
    created_at: int
    updates: list[UpdateOut]
    cancelled: bool
    retrospective: bool

    @classmethod
    def of(cls, stored: StoredIssue) -> Self:
        """As the API shows it."""
        fields: dict[str, Any] = {name: getattr(stored.issue, name) for name in cls.model_fields}
        updates = [UpdateOut.of(update) for update in stored.issue.updates]
        return cls(**{**fields, "updates": updates})


@routes.get("/issues", answers=Listing[IssueOut])
async def list_issues(request: Request, page: Page) -> Listing[IssueOut]:
    """Every issue, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda one: one.issue.id, IssueOut.of)


@routes.post("/issues", Scope.ISSUES_WRITE, answers=IssueOut, tagged=True)
async def create_issue(request: Request, given: IssueIn) -> Response:
    """Make an issue, or one from a template: what is given counts, for the rest the template."""
    said = await rendered(given.model_dump(exclude_unset=True, exclude={"template"}))

    def unit(tx: Tx) -> StoredIssue:
        fields = templates.filled(tx.conn, given.template, said)
        return issues.create(tx, NewIssue(id=tx.new_id(), **fields))

    return await change(
        request, unit, lambda made: created(IssueOut.of(made), made.issue.id, etag=_etag(made))
    )


@routes.get("/issues/{issue_id}", answers=IssueOut, tagged=True)
async def show_issue(request: Request, issue_id: str) -> Response:
    """One issue."""
    stored = await services_of(request).store.read(lambda conn: issues.get(conn, issue_id))
    return shown(IssueOut.of(stored), etag=_etag(stored))


@routes.patch(
    "/issues/{issue_id}",
    Scope.ISSUES_WRITE,
    answers=IssueOut,
    refuses=(Code.PRECONDITION_FAILED, Code.CONFLICT, Code.ISSUE_NOT_SCHEDULED, Code.ISSUE_OVER),
    tagged=True,
)
async def edit_issue(
    request: Request, issue_id: str, given: IssuePatch, if_match: IfMatch
) -> Response:
    """Correct an issue. A new schedule writes an update that says so."""
    changes = Changes(**await rendered(given.given()))

    def unit(tx: Tx) -> StoredIssue:
        stored = _seen(tx, issue_id, if_match)
        given.check_repeated(IssueOut.of(stored))
        return issues.edit(tx, stored, changes)

    return await change(request, unit, _answer)


@routes.delete("/issues/{issue_id}", Scope.ISSUES_WRITE, refuses=(Code.PRECONDITION_FAILED,))
async def delete_issue(request: Request, issue_id: str, if_match: IfMatch) -> Response:
    """Delete an issue with its updates, as if it had never been."""
    return await change(
        request, lambda tx: issues.delete(tx, _seen(tx, issue_id, if_match)), removed
    )


@routes.post(
    "/issues/{issue_id}/updates",
    Scope.ISSUES_WRITE,
    answers=UpdateOut,
    refuses=(Code.PRECONDITION_FAILED, Code.ISSUE_NOT_BEGUN, Code.ISSUE_OVER),
    tagged=True,
)
async def update_issue(
    request: Request, issue_id: str, given: UpdateIn, if_match: IfMatch
) -> Response:
    """Say something of an issue, which may resolve, end or reopen it."""
    said = await rendered(given.model_dump(exclude_unset=True))

    def unit(tx: Tx) -> StoredIssue:
        return issues.update(tx, _seen(tx, issue_id, if_match), NewUpdate(id=tx.new_id(), **said))

    return await change(request, unit, _newest_update)


@routes.post(
    "/issues/{issue_id}/cancel",
    Scope.ISSUES_WRITE,
    answers=IssueOut,
    status=200,
    refuses=(Code.PRECONDITION_FAILED, Code.ISSUE_NOT_SCHEDULED, Code.ISSUE_OVER),
    tagged=True,
)
async def cancel_issue(
    request: Request, issue_id: str, if_match: IfMatch, given: Cancellation = _UNSAID
) -> Response:
    """Call a scheduled issue off before its end."""
    said = await rendered(given.model_dump())

    def unit(tx: Tx) -> StoredIssue:
        return issues.cancel(tx, _seen(tx, issue_id, if_match), NewUpdate(id=tx.new_id(), **said))

    return await change(request, unit, _answer)


async def rendered(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields, and `body_html` beside a `body`; not on the loop, which a long one would hold."""
    if "body" not in fields:
        return fields
    return {**fields, "body_html": await asyncio.to_thread(markdown.html, fields["body"])}


def _seen(tx: Tx, issue_id: str, if_match: Precondition) -> StoredIssue:
    stored = issues.get(tx.conn, issue_id)
    if_match.check(stored.issue.id, stored.version)
    return stored


def _answer(stored: StoredIssue) -> Answer:
    return done(IssueOut.of(stored), stored.issue.id, etag=_etag(stored))


def _newest_update(stored: StoredIssue) -> Answer:
    said = UpdateOut.of(stored.issue.updates[0])
    return created(said, said.id, etag=_etag(stored))


def _etag(stored: StoredIssue) -> str:
    return etag(stored.issue.id, stored.version)

"""/api/v1/subscribers: who is told of a page. They subscribe on the page, not here."""

from typing import Annotated, Self

from fastapi import Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import subscribing
from tocsin.http.changes import change, removed
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import not_found
from tocsin.model.subscriber import Medium, Subscriber
from tocsin.store import pages
from tocsin.store import subscribers as rows

routes = Routes("subscribers")


class SubscriberOut(BaseModel):
    """A subscriber. What opens the subscription and what signs its webhook is never shown."""

    id: str
    page: str = Field(description="The page's slug.")
    medium: Medium
    target: str = Field(description="The e-mail address, or the URL of the webhook.")
    component_ids: list[str] | None = Field(description="What was chosen; null: all of the page.")
    created_at: int
    failing_since: int | None = Field(
        description="Since when nothing gets through; null when the last message did."
    )

    @classmethod
    def of(cls, subscriber: Subscriber, slug: str) -> Self:
        """As the API shows it."""
        choice = subscriber.choice
        return cls(
            id=subscriber.id,
            page=slug,
            medium=subscriber.medium,
            target=subscriber.target,
            component_ids=None if choice is None else sorted(choice),
            created_at=subscriber.created_at,
            failing_since=subscriber.failing_since,
        )


@routes.get("/subscribers", Scope.PAGES_WRITE, answers=Listing[SubscriberOut])
async def list_subscribers(
    request: Request,
    paging: Page,
    page: Annotated[
        str | None,
        Query(pattern="^[a-z0-9-]{1,63}$", description="The slug of a page: its own alone."),
    ] = None,
) -> Listing[SubscriberOut]:
    """Every confirmed subscriber, newest first."""

    def query(conn: Connection) -> list[SubscriberOut]:
        wanted = pages.find(conn, page) if page is not None else None
        if page is not None and wanted is None:
            return []
        found = rows.newest(conn, paging.fetch, paging.before, wanted.page.id if wanted else None)
        return _shown(conn, found)

    found = await services_of(request).store.read(query)
    return paging.page(found, lambda one: one.id, lambda one: one)


@routes.get("/subscribers/{subscriber_id}", Scope.PAGES_WRITE, answers=SubscriberOut)
async def show_subscriber(request: Request, subscriber_id: str) -> SubscriberOut:
    """One subscriber."""

    def query(conn: Connection) -> list[SubscriberOut]:
        found = rows.find(conn, subscriber_id)
        return _shown(conn, [found] if found else [])

    found = await services_of(request).store.read(query)
    if not found:
        raise not_found("subscriber")
    return found[0]


@routes.delete("/subscribers/{subscriber_id}", Scope.PAGES_WRITE)
async def delete_subscriber(request: Request, subscriber_id: str) -> Response:
    """Forget a subscriber, with all that was still to be sent to it."""
    return await change(request, subscribing.remove(subscriber_id), removed)


def _shown(conn: Connection, found: list[Subscriber]) -> list[SubscriberOut]:
    stored = pages.all_of(conn, {one.page_id for one in found})
    return [SubscriberOut.of(one, stored[one.page_id].page.slug) for one in found]

"""/api/v1/incidents/{id}/tellings: whom an incident was told to, and how that went."""

from typing import Self

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import Connection

from tocsin.app import incidents
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.incident import topic_of
from tocsin.model.notify_url import scheme
from tocsin.model.telling import Occasion
from tocsin.store import tellings as rows
from tocsin.store.tellings import Receipt

routes = Routes("incidents")


class TellingOut(BaseModel):
    """Something that a person was told, or is to be. `due_at` is when it is tried next, null once
    it is over; then `result` says how it ended: `delivered`, `refused` for good, `moot` when it was
    over before it could be told. `reason` is why the last try failed."""

    id: str
    person_id: int
    scheme: str
    occasion: Occasion
    title: str
    created_at: int
    due_at: int | None
    tries: int
    result: str | None
    reason: str | None
    ended_at: int | None

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """As the API shows it: without the URL, which holds secrets."""
        told = receipt.telling
        return cls(
            id=told.id,
            person_id=told.person_id,
            scheme=scheme(told.url),
            occasion=told.occasion,
            title=told.title,
            created_at=told.created_at,
            due_at=None if receipt.due_ms is None else receipt.due_ms // 1_000,
            tries=told.tries,
            result=receipt.result,
            reason=receipt.reason,
            ended_at=receipt.ended_at,
        )


@routes.get("/incidents/{incident_id}/tellings", answers=Listing[TellingOut])
async def list_tellings(request: Request, incident_id: str, page: Page) -> Listing[TellingOut]:
    """Whom it was told to, newest first, and how that went; known for a week."""

    def query(conn: Connection) -> list[Receipt]:
        incidents.get(conn, incident_id)
        return rows.listing(conn, topic_of(incident_id), page.before, page.fetch)

    found = await services_of(request).store.read(query)
    return page.page(found, lambda one: one.telling.id, TellingOut.of)

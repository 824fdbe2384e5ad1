"""/api/v1/notices."""

from functools import partial
from typing import Annotated, Any, Self

import msgspec
from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import notices
from tocsin.app.notices import Published
from tocsin.http.body import Body
from tocsin.http.changes import change, created
from tocsin.http.listing import Listing, Page, written
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model import notice
from tocsin.model.access import Scope
from tocsin.model.event import Event
from tocsin.model.notice import CLASS_PATTERN, CLOSED_CLASSES, NewNotice
from tocsin.model.position import Position
from tocsin.store import notices as rows
from tocsin.store.tx import Tx

routes = Routes("notices")

_CLOSED = "|".join(sorted(CLOSED_CLASSES))
_PUBLISHABLE = {"pattern": f"^(?!({_CLOSED})$){CLASS_PATTERN}$"}

ClassName = Annotated[str, Field(pattern=f"^{CLASS_PATTERN}$")]
Priority = Annotated[int, Field(ge=0, le=10)]


class NoticeIn(Body):
    """A notice to be published: `args`, with `message` and `priority` set over those in it."""

    class_: Annotated[str, Field(alias="class", json_schema_extra=_PUBLISHABLE)]
    message: str | None = None
    priority: Priority | None = None
    args: dict[str, Any] = Field(default_factory=dict)


class PublishedNotice(BaseModel):
    """A notice that was published."""

    id: str
    position: str


class NoticeOut(PublishedNotice):
    """A notice as it was published, at `time`."""

    class_: str = Field(serialization_alias="class")
    time: int
    args: dict[str, Any]

    @classmethod
    def of(cls, event: Event, epoch: str) -> Self:
        """As the API shows it."""
        told = notice.read(event.data)
        return cls(
            id=told.id,
            position=str(Position(epoch, event.sequence)),
            class_=told.class_,
            time=event.recorded_ms // 1_000,
            args=msgspec.json.decode(told.args),
        )


@routes.post("/notices", Scope.NOTICES_WRITE, answers=PublishedNotice)
async def publish_notice(request: Request, given: NoticeIn) -> Response:
    """Publish a notice to everybody who watches its class."""
    new = NewNotice(given.class_, given.message, given.priority, given.args)

    def unit(tx: Tx) -> tuple[Published, str]:
        published = notices.publish(tx, new)
        return published, str(Position(tx.epoch, published.sequence))

    return await change(
        request,
        unit,
        lambda made: created(PublishedNotice(id=made[0].id, position=made[1]), made[0].id),
    )


@routes.get("/notices", answers=Listing[NoticeOut])
async def list_notices(
    request: Request,
    page: Page,
    class_: Annotated[ClassName | None, Query(alias="class")] = None,
) -> Listing[NoticeOut]:
    """Published notices that are still in the log, newest first; with `class`, those of it."""
    store = services_of(request).store
    read = partial(rows.published, before=page.before_sequence, limit=page.fetch, class_=class_)
    found = await store.read(read)
    return page.page(
        found,
        lambda event: written(event.sequence),
        lambda event: NoticeOut.of(event, store.epoch),
    )

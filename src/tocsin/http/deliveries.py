"""/api/v1/deliveries: what endpoints were sent and are to be sent, and sending it again."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Self

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import deliveries, endpoints, redelivery
from tocsin.app.redelivery import Replayed
from tocsin.http.attempt_answers import AttemptOut
from tocsin.http.auth import Caller
from tocsin.http.body import Id, Time
from tocsin.http.changes import change, created, done
from tocsin.http.listing import Listing, Page, Paging, written
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.http.webhook_bodies import ReplayIn
from tocsin.model.access import Scope
from tocsin.model.delivery import Delivery, State
from tocsin.model.errors import Code
from tocsin.model.position import Position
from tocsin.store import attempts, delivery_log
from tocsin.store.attempts import Attempt
from tocsin.store.delivery_log import Chosen
from tocsin.store.store import Store
from tocsin.store.tx import Tx

routes = Routes("deliveries")

_WRITE = Scope.WEBHOOKS_WRITE


class DeliveryOut(BaseModel):
    """An event on its way to an endpoint, or there."""

    id: str
    endpoint_id: str
    event_type: str = Field(description="As the endpoint's profile calls it.")
    key: str = Field(description="What the event is ordered by: the incident, or the topic.")
    position: str = Field(description="The event's place in the log.")
    webhook_id: str = Field(description="The event's id for its receivers, as `webhook-id`.")
    sequence: int = Field(description="Its place among those of its key, as `tocsin-sequence`.")
    previous_id: str | None = Field(description="The `webhook_id` of the one before it there.")
    superseded: int = Field(description="How many right before it were passed over.")
    state: State
    reason: str | None = Field(description="Why the last attempt failed, or why it was cancelled.")
    attempts: int = Field(description="How many were made.")
    next_attempt_ms: int | None
    created_ms: int
    ended_ms: int | None

    @classmethod
    def of(cls, delivery: Delivery, position: Position) -> Self:
        """As the API shows it; `position` is that of its event."""
        kept = vars(delivery)
        return cls(
            **{
                name: kept[name] for name in cls.model_fields if name in kept and name != "sequence"
            },
            position=str(position),
            sequence=delivery.ordinal,
            attempts=delivery.tries,
            next_attempt_ms=delivery.due_ms if delivery.state is State.PENDING else None,
        )


class DeliveryAttempt(AttemptOut):
    """One attempt of a delivery; `number` counts from 1."""

    number: int

    @classmethod
    def numbered(cls, attempt: Attempt, body: bytes | None, *, whole: bool) -> Self:
        """As the API shows it, with the body that was sent; None: it is not known any more."""
        told = AttemptOut.of(attempt.exchange, whole=whole)
        text = None if body is None else body.decode("utf-8", "replace")
        sent = {"body": text, "body_reason": "pruned" if body is None else None}
        shown = vars(told) | {"request": told.request.model_copy(update=sent)}
        return cls(**shown, number=attempt.number)


class ReplayedOut(BaseModel):
    """How many deliveries were made. Where `next` is not null, that was not all: call again with it
    as `since`."""

    created: int
    next: str | None

    @classmethod
    def of(cls, replayed: Replayed) -> Self:
        """As the API shows it."""
        return cls(
            created=replayed.created, next=None if replayed.next is None else str(replayed.next)
        )


def _wanted(
    state: Annotated[State | None, Query()] = None,
    event_type: Annotated[str | None, Query(pattern=r"^[^\x00]{1,255}$")] = None,
    key: Annotated[str | None, Query(pattern=r"^[^\x00]{1,255}$")] = None,
    since: Annotated[Time | None, Query(description="Made at this time or later.")] = None,
    until: Annotated[Time | None, Query(description="Made before this time.")] = None,
) -> Chosen:
    return Chosen(None, state, event_type, key, _ms(since), _ms(until))


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1_000


# In the signature of a handler that lists deliveries: which of them.
Wanted = Annotated[Chosen, Depends(_wanted)]


@routes.get("/deliveries", answers=Listing[DeliveryOut])
async def list_deliveries(
    request: Request,
    page: Page,
    wanted: Wanted,
    endpoint_id: Annotated[Id | None, Query()] = None,
) -> Listing[DeliveryOut]:
    """Deliveries to all endpoints, newest first, or those that the filters choose. Those that have
    ended are known for a week."""
    store = services_of(request).store
    chosen = replace(wanted, endpoint_id=endpoint_id)
    return _page(store, page, await store.read(partial(_listing, chosen=chosen, page=page)))


@routes.get("/webhooks/{endpoint_id}/deliveries", answers=Listing[DeliveryOut])
async def list_webhook_deliveries(
    request: Request, endpoint_id: str, page: Page, wanted: Wanted
) -> Listing[DeliveryOut]:
    """Deliveries to one endpoint, newest first, or those that the filters choose."""
    store = services_of(request).store

    def query(conn: Connection) -> list[Delivery]:
        chosen = replace(wanted, endpoint_id=endpoints.get(conn, endpoint_id).id)
        return _listing(conn, chosen, page)

    return _page(store, page, await store.read(query))


@routes.get("/deliveries/{delivery_id}", answers=DeliveryOut)
async def show_delivery(request: Request, delivery_id: str) -> DeliveryOut:
    """One delivery."""
    store = services_of(request).store
    return _shown(store, await store.read(lambda conn: deliveries.get(conn, delivery_id)))


@routes.get("/deliveries/{delivery_id}/attempts", answers=Listing[DeliveryAttempt])
async def list_attempts(
    request: Request, delivery_id: str, page: Page, caller: Caller
) -> Listing[DeliveryAttempt]:
    """The attempts of a delivery, newest first: each request as it was sent, and what came back."""
    whole = caller.may(_WRITE)

    def query(conn: Connection) -> tuple[list[Attempt], bytes | None]:
        delivery = deliveries.get(conn, delivery_id)
        made = reversed(attempts.listing(conn, delivery.id))
        before = page.before_number
        older = [one for one in made if before is None or one.number < before]
        return older, deliveries.body(conn, delivery)

    found, body = await services_of(request).store.read(query)
    return page.page(
        found,
        lambda one: written(one.number),
        lambda one: DeliveryAttempt.numbered(one, body, whole=whole),
    )


@routes.post(
    "/deliveries/{delivery_id}/retry", _WRITE, answers=DeliveryOut, refuses=(Code.CONFLICT,)
)
async def retry_delivery(request: Request, delivery_id: str) -> Response:
    """Send a delivery again, by a new one with the same `webhook_id`."""

    def unit(tx: Tx) -> DeliveryOut:
        made = redelivery.retry(tx, delivery_id)
        return DeliveryOut.of(made, Position(tx.epoch, made.sequence))

    return await change(request, unit, lambda made: created(made, made.id))


@routes.post(
    "/webhooks/{endpoint_id}/replay",
    _WRITE,
    answers=ReplayedOut,
    status=200,
    refuses=(Code.CONFLICT,),
)
async def replay_webhook(request: Request, endpoint_id: str, given: ReplayIn) -> Response:
    """Tell an endpoint again what it wants of a part of the log, by new deliveries with the same
    `webhook_id`s, at most 1,000 a call: while `next` is not null, call again with it as `since`."""
    asked = given.asked()
    return await change(
        request,
        lambda tx: redelivery.replay(tx, endpoint_id, asked),
        lambda replayed: done(ReplayedOut.of(replayed)),
    )


def _listing(conn: Connection, chosen: Chosen, page: Paging) -> list[Delivery]:
    return delivery_log.listing(conn, chosen, page.before, page.fetch)


def _page(store: Store, page: Paging, found: list[Delivery]) -> Listing[DeliveryOut]:
    return page.page(found, lambda one: one.id, partial(_shown, store))


def _shown(store: Store, delivery: Delivery) -> DeliveryOut:
    return DeliveryOut.of(delivery, store.position(delivery.sequence))

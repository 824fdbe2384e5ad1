"""/api/v1/webhooks: endpoints, what can be done with them, and how they do."""

from collections.abc import Callable

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import endpoint_report, endpoints
from tocsin.app.endpoint_report import Report
from tocsin.app.idempotency import Answer
from tocsin.app.webhook_secret import new_secret
from tocsin.http.auth import Caller
from tocsin.http.changes import change, created, done, removed, shown
from tocsin.http.conditions import IfMatch
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.http.webhook_answers import (
    CreatedWebhook,
    RotatedWebhook,
    SavedWebhook,
    WarningOut,
    WebhookOut,
    warned,
)
from tocsin.http.webhook_bodies import RotationIn, WebhookIn, WebhookPatch
from tocsin.model.access import Principal, Scope
from tocsin.model.endpoint import Endpoint, Reason
from tocsin.model.errors import Code
from tocsin.model.hook_url import read_url
from tocsin.model.precondition import Precondition, etag
from tocsin.store import endpoints as rows
from tocsin.store.tx import Tx

routes = Routes("webhooks")

_WRITE = Scope.WEBHOOKS_WRITE
_MADE_UP = RotationIn()


@routes.get("/webhooks", answers=Listing[WebhookOut])
async def list_webhooks(request: Request, page: Page, caller: Caller) -> Listing[WebhookOut]:
    """Every endpoint, newest first, and how it does."""
    services = services_of(request)

    def query(conn: Connection) -> list[Report]:
        found = rows.listing(conn, page.before, page.fetch)
        return endpoint_report.reports(conn, found, services.clock.now_ms())

    return page.page(
        await services.store.read(query),
        lambda one: one.endpoint.id,
        lambda one: WebhookOut.of(one, caller),
    )


@routes.post("/webhooks", _WRITE, answers=CreatedWebhook, tagged=True)
async def create_webhook(request: Request, given: WebhookIn, caller: Caller) -> Response:
    """Make an endpoint, which gets what happens from then on. The answer is the only one that shows
    its secret; `warnings` say what speaks against its URL."""
    secret = given.own_secret() or new_secret()
    warnings = await _warnings(request, given.url)
    new = given.new()

    def unit(tx: Tx) -> Report:
        made = endpoints.create(tx, new, secret, caller.person_id)
        return _report(tx, _switched(tx, made, given.enabled))

    def answer(report: Report) -> Answer:
        told = CreatedWebhook.of(report, caller, secret=secret, warnings=warnings)
        return created(told, told.id, etag=_tag(report.endpoint), secret=True)

    return await change(request, unit, answer)


@routes.get("/webhooks/{endpoint_id}", answers=WebhookOut, tagged=True)
async def show_webhook(request: Request, endpoint_id: str, caller: Caller) -> Response:
    """One endpoint, and how it does."""
    services = services_of(request)

    def query(conn: Connection) -> Report:
        found = endpoints.get(conn, endpoint_id)
        return endpoint_report.of(conn, found, services.clock.now_ms())

    report = await services.store.read(query)
    return shown(WebhookOut.of(report, caller), etag=_tag(report.endpoint))


@routes.patch(
    "/webhooks/{endpoint_id}",
    _WRITE,
    answers=SavedWebhook,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def edit_webhook(
    request: Request, endpoint_id: str, given: WebhookPatch, caller: Caller, if_match: IfMatch
) -> Response:
    """Change an endpoint. What is on its way goes where it then is; `warnings` say what speaks
    against a new URL."""
    changes, named = given.changes(), given.given()
    warnings = await _warnings(request, given.url) if "url" in named else []

    def unit(tx: Tx) -> Report:
        before = _seen(tx, endpoint_id, if_match)
        secret = before.secret
        told = CreatedWebhook.of(_report(tx, before), caller, secret=secret, warnings=warnings)
        given.check_repeated(told)
        after = endpoints.edit(tx, before, changes)
        return _report(tx, _switched(tx, after, named.get("enabled", after.enabled)))

    def answer(report: Report) -> Answer:
        told = SavedWebhook.of(report, caller, warnings=warnings)
        return done(told, told.id, etag=_tag(report.endpoint))

    return await change(request, unit, answer)


@routes.delete("/webhooks/{endpoint_id}", _WRITE, refuses=(Code.PRECONDITION_FAILED,))
async def delete_webhook(request: Request, endpoint_id: str, if_match: IfMatch) -> Response:
    """Delete an endpoint. What was on its way is cancelled."""
    return await change(
        request, lambda tx: endpoints.delete(tx, _seen(tx, endpoint_id, if_match)), removed
    )


@routes.post(
    "/webhooks/{endpoint_id}/rotate-secret",
    _WRITE,
    answers=RotatedWebhook,
    status=200,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def rotate_webhook_secret(
    request: Request,
    endpoint_id: str,
    caller: Caller,
    if_match: IfMatch,
    given: RotationIn = _MADE_UP,
) -> Response:
    """Give an endpoint another secret, shown in this answer alone. For 24 hours requests are signed
    with the one before, too."""
    secret = given.own_secret() or new_secret()

    def unit(tx: Tx) -> Report:
        return _report(tx, endpoints.rotate_secret(tx, _seen(tx, endpoint_id, if_match), secret))

    def answer(report: Report) -> Answer:
        told = RotatedWebhook.of(report, caller, secret=secret)
        return done(told, told.id, etag=_tag(report.endpoint), secret=True)

    return await change(request, unit, answer)


@routes.post(
    "/webhooks/{endpoint_id}/enable",
    _WRITE,
    answers=WebhookOut,
    status=200,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def enable_webhook(
    request: Request, endpoint_id: str, caller: Caller, if_match: IfMatch
) -> Response:
    """Let an endpoint have what happens from then on; what it missed, `replay` brings. If it is
    paused, that ends."""
    return await _switch(request, endpoint_id, caller, if_match, endpoints.enable)


@routes.post(
    "/webhooks/{endpoint_id}/disable",
    _WRITE,
    answers=WebhookOut,
    status=200,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def disable_webhook(
    request: Request, endpoint_id: str, caller: Caller, if_match: IfMatch
) -> Response:
    """Send nothing to an endpoint any more. What is on its way is cancelled."""
    return await _switch(request, endpoint_id, caller, if_match, _disable)


async def _switch(
    request: Request,
    endpoint_id: str,
    caller: Principal,
    if_match: Precondition,
    switch: Callable[[Tx, Endpoint], Endpoint],
) -> Response:
    def unit(tx: Tx) -> Report:
        return _report(tx, switch(tx, _seen(tx, endpoint_id, if_match)))

    def answer(report: Report) -> Answer:
        told = WebhookOut.of(report, caller)
        return done(told, told.id, etag=_tag(report.endpoint))

    return await change(request, unit, answer)


def _switched(tx: Tx, endpoint: Endpoint, enabled: bool) -> Endpoint:
    if enabled == endpoint.enabled:
        return endpoint
    return endpoints.enable(tx, endpoint) if enabled else _disable(tx, endpoint)


def _disable(tx: Tx, endpoint: Endpoint) -> Endpoint:
    return endpoints.disable(tx, endpoint, Reason.BY_HAND)


def _seen(tx: Tx, endpoint_id: str, if_match: Precondition) -> Endpoint:
    """The endpoint, if it is as the caller saw it."""
    found = endpoints.get(tx.conn, endpoint_id)
    if_match.check(found.id, found.version)
    return found


def _report(tx: Tx, endpoint: Endpoint) -> Report:
    return endpoint_report.of(tx.conn, endpoint, tx.now_ms)


def _tag(endpoint: Endpoint) -> str:
    return etag(endpoint.id, endpoint.version)


async def _warnings(request: Request, url: str) -> list[WarningOut]:
    return warned(await services_of(request).addresses.warnings(read_url(url)))

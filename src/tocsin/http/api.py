"""The API as one application: its resources joined, their description, and the last resort."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.http import (
    alerts,
    channels,
    components,
    custom_actions,
    deliveries,
    docs,
    event_docs,
    events,
    inbox_docs,
    incident_bulk,
    incident_commands,
    incident_issues,
    incidents,
    intake,
    intake_docs,
    intake_heartbeat,
    integrations,
    issues,
    logos,
    markdown,
    notices,
    openapi,
    operation_messages,
    operations,
    ops,
    pages,
    people,
    problems,
    session,
    session_docs,
    stream_docs,
    subscribers,
    tellings,
    templates,
    tickets,
    tokens,
    users,
    webhook_checks,
    webhooks,
)
from tocsin.http.plain import plain
from tocsin.http.route import PREFIX
from tocsin.http.services import Services

_EVENTS = f"{PREFIX}/events"
_events = plain(events.respond)
_operation_messages = plain(operation_messages.respond)
_heartbeat = plain(intake_heartbeat.beat)
_ALERTS = {path: plain(respond) for path, respond in intake.ROUTES.items()}

_RESOURCES = (
    pages.routes,
    logos.routes,
    components.routes,
    issues.routes,
    incident_bulk.routes,
    incidents.routes,
    incident_commands.routes,
    custom_actions.routes,
    incident_issues.routes,
    tellings.routes,
    alerts.routes,
    channels.routes,
    people.routes,
    integrations.routes,
    webhook_checks.routes,
    webhooks.routes,
    deliveries.routes,
    templates.routes,
    tickets.routes,
    markdown.routes,
    tokens.routes,
    users.routes,
    subscribers.routes,
    operations.routes,
    notices.routes,
    ops.routes,
)
_PLAIN = (
    event_docs.DESCRIBED,
    stream_docs.DESCRIBED,
    operation_messages.DESCRIBED,
    session_docs.DESCRIBED,
    inbox_docs.DESCRIBED,
    intake_docs.DESCRIBED,
)


class Api(FastAPI):
    """The application. Its document, made when first asked for, has the plain routes too."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. What comes often goes past the middlewares, which cost more."""
        hot = _hot(scope["path"]) if scope["type"] == "http" else None
        if hot is not None:
            scope["app"] = self
            await hot(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = openapi.document(self.routes, _PLAIN)
        return self.openapi_schema


def _hot(path: str) -> ASGIApp | None:
    """The plain route of this path, if it has one."""
    if path == _EVENTS:
        return _events
    if path in _ALERTS:
        return _ALERTS[path]
    if intake_heartbeat.PATH.fullmatch(path):
        return _heartbeat
    return _operation_messages if operation_messages.PATH.fullmatch(path) else None


def make_api(services: Services) -> FastAPI:
    """The application that answers `/api/v1`, `/openapi.json` and `/docs` with these services.

    Every failure, also one that no route foresaw, is answered as a problem.
    """
    app = Api(docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    # Not by `include_router`, which makes every route anew: it took longer than all else here.
    for router in (*(resource.router for resource in _RESOURCES), ops.probes, logos.pictures):
        app.router.routes.extend(router.routes)
    for path in session.PATHS:
        app.add_route(path, session.answer, methods=session.METHODS, include_in_schema=False)
    app.add_route("/docs", docs.page, include_in_schema=False)
    app.add_exception_handler(HTTPException, partial(_refused, allowed=_methods(app)))
    app.add_exception_handler(Exception, problems.handle)
    return app


def _methods(app: FastAPI) -> list[tuple[Any, frozenset[str]]]:
    """Every path's expression with the methods of one route there."""
    contexts = iter_route_contexts(app.routes)
    return [
        (compile_path(context.path)[0], frozenset(context.methods or ()))
        for context in contexts
        if context.path is not None
    ]


async def _refused(
    request: Request, failure: Exception, allowed: Iterable[tuple[Any, frozenset[str]]]
) -> Response:
    """The router's own refusals. It knows one route of a path, and `Allow` has to name all."""
    if isinstance(failure, HTTPException) and failure.status_code == 405:
        path = request.scope["path"]
        methods = set[str]().union(*(some for regex, some in allowed if regex.match(path)))
        failure = HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
    return problems.answer(failure)

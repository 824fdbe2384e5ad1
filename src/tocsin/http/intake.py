"""The ways in for alerts, each answered in the words of those who send to it. Plain routes: a storm
of alerts is what they are for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

import tocsin
from tocsin.app.alert_intake import Source
from tocsin.http import problems
from tocsin.http.auth import secret_of
from tocsin.http.limits import read_body
from tocsin.http.services import services_of
from tocsin.model.alert_event import AlertEvent, keyed
from tocsin.model.errors import Code, Refused
from tocsin.model.integration import Integration
from tocsin.wire import alertmanager, alertmanager_api, pagerduty, standard_alert
from tocsin.wire.pushed import Answer
from tocsin.wire.standard_alert import ErrorCode

# A body this long is read in a thread: it takes milliseconds, for which everybody would wait.
_LONG = 64 * 1024

T = TypeVar("T")
Events = Sequence[AlertEvent]


@dataclass(frozen=True)
class Dialect:
    """How one kind of sender speaks.

    `read` makes events of a body at a time (Unix seconds), or refuses; `accepted` answers a push
    that was taken in, `refused` one that was not.
    """

    source: Source
    read: Callable[[bytes, int], Events]
    accepted: Callable[[Events], Answer]
    refused: Callable[[Exception], Response]

    async def respond(self, request: Request) -> Response:
        """Answer a push."""
        try:
            return response(await self._take(request))
        except Exception as failure:
            return refusal(request, self.source, failure, self.refused)

    async def _take(self, request: Request) -> Answer:
        check_method(request, "POST")
        integration = await integration_of(request)
        body = await read_body(request)
        events = [keyed(one) for one in await _read(self.read, request, body)]
        await services_of(request).alerts.take(self.source, integration, events)
        return self.accepted(events)


async def integration_of(request: Request, key: str | None = None) -> Integration:
    """The integration whose key a request shows: in its body (`key`), in its query, or as a bearer.
    Refused: unauthorized, `TooOften`."""
    shown = key or request.query_params.get("integration_key") or secret_of(request.headers)
    if not shown:
        raise Refused(
            Code.UNAUTHORIZED,
            "An integration key is needed: ?integration_key=KEY, or Authorization: Bearer KEY.",
        )
    return await services_of(request).alerts.integration(shown)


def check_method(request: Request, *allowed: str) -> None:
    """Refuse any other method."""
    if request.method not in allowed:
        raise HTTPException(405, headers={"Allow": ", ".join(allowed)})


def response(answer: Answer) -> Response:
    """The answer as a response."""
    media_type = "application/json" if answer.body else None
    return Response(answer.body, answer.status, media_type=media_type)


def refusal(
    request: Request, source: Source, failure: Exception, answer: Callable[[Exception], Response]
) -> Response:
    """The answer to a push that ended in `failure`, which is counted."""
    if isinstance(failure, Refused):
        services_of(request).alerts.refusals[source, failure.code] += 1
    return answer(failure)


def in_words(words: Callable[[Refused], Answer]) -> Callable[[Exception], Response]:
    """Answers failures in the words of another API."""

    def answer(failure: Exception) -> Response:
        refused, headers = problems.told(failure)
        said = response(words(refused))
        said.headers.update(headers)
        return said

    return answer


async def _read(read: Callable[[bytes, int], T], request: Request, body: bytes) -> T:
    now = services_of(request).alerts.now
    return await asyncio.to_thread(read, body, now) if len(body) > _LONG else read(body, now)


async def push_standard(request: Request) -> Response:
    """Answer `/event/push/alert/standard`."""
    if not standard_alert.is_json(request.headers.get("content-type", "")):
        said = "The Content-Type has to be application/json."
        return response(standard_alert.error(uuid4().hex, ErrorCode.INVALID_CONTENT_TYPE, said))
    return await _STANDARD.respond(request)


async def push_notification(request: Request) -> Response:
    """Answer `/api/v1/intake/alertmanager`."""
    return await _WEBHOOK.respond(request)


async def push_alerts(request: Request) -> Response:
    """Answer `/api/v2/alerts`."""
    return await _API.respond(request)


async def show_status(request: Request) -> Response:
    """Answer `/api/v2/status`, which clients of Alertmanager ask for before all else."""
    check_method(request, "GET", "HEAD")
    started_at = services_of(request).alerts.started_at
    return response(Answer(200, alertmanager_api.status(tocsin.__version__, started_at)))


async def enqueue(request: Request) -> Response:
    """Answer `/v2/enqueue`."""
    try:
        return response(await _enqueue(request))
    except Exception as failure:
        return refusal(request, Source.PAGERDUTY, failure, in_words(pagerduty.refused))


async def _enqueue(request: Request) -> Answer:
    check_method(request, "POST")
    asked = await _read(pagerduty.read, request, await read_body(request))
    integration = await integration_of(request, asked.routing_key)
    alerts = services_of(request).alerts
    if asked.event is None:
        await alerts.acknowledge(integration, asked.key or "")
        return pagerduty.accepted(asked.key or "")
    event = keyed(asked.event)
    await alerts.take(Source.PAGERDUTY, integration, [event])
    return pagerduty.accepted(event.key or "")


_STANDARD = Dialect(
    Source.STANDARD,
    lambda body, now: [standard_alert.read(body, now)],
    lambda events: standard_alert.accepted(uuid4().hex, events[0].key or ""),
    in_words(lambda refused: standard_alert.refused(uuid4().hex, refused)),
)
_WEBHOOK = Dialect(
    Source.ALERTMANAGER,
    alertmanager.read,
    lambda events: Answer(200, msgspec.json.encode({"alerts": len(events)})),
    problems.answer,
)
_API = Dialect(
    Source.ALERTMANAGER_API,
    alertmanager_api.read,
    lambda events: alertmanager_api.accepted(),
    in_words(alertmanager_api.refused),
)

ROUTES: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
    "/event/push/alert/standard": push_standard,
    "/api/v1/intake/alertmanager": push_notification,
    "/api/v2/alerts": push_alerts,
    "/api/v2/status": show_status,
    "/v2/enqueue": enqueue,
}

"""/api/v1/intake/heartbeat/{name}: a plain route too, for many may beat often."""

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tocsin.app.alert_intake import Source
from tocsin.http import problems
from tocsin.http.intake import check_method, integration_of, refusal, response
from tocsin.http.services import services_of
from tocsin.model.heartbeat import DEFAULT_EVERY_S, check_name, parse_every
from tocsin.wire.pushed import Answer

PATH = re.compile(r"/api/v1/intake/heartbeat/([^/]+)")


async def beat(request: Request) -> Response:
    """Answer a request to this path: 200 once the beat is on disk, with when the next is due."""
    try:
        return response(await _beat(request))
    except Exception as failure:
        return refusal(request, Source.HEARTBEAT, failure, problems.answer)


async def _beat(request: Request) -> Answer:
    check_method(request, "GET", "POST")
    integration = await integration_of(request)
    name = request.scope["path"].rpartition("/")[2]
    check_name(name)
    every_s = parse_every(request.query_params.get("every", str(DEFAULT_EVERY_S)))
    heartbeat = await services_of(request).alerts.beat(integration, name, every_s)
    told = {"name": name, "every_s": every_s, "due_at": heartbeat.due_ms // 1_000}
    return Answer(200, msgspec.json.encode(told))

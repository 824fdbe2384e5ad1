"""The service against its own description: no failure of the server, no answer it does not
announce."""

import os
import socket
from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import pytest
import requests
import urllib3
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.openapi import from_url
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema
from tests.running import ADMIN, running

from tocsin.http.api import make_api
from tocsin.http.services import Services

# How many requests are made to each operation in each mode; a longer run is for the night.
EXAMPLES = int(os.environ.get("TOCSIN_TEST_EXAMPLES", "10"))

HEADERS = {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    """The description that a running service gives of itself. Names of hosts lead nowhere there:
    requests that are made up would ask the world for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", _numbers_alone(socket.getaddrinfo))
        with running(tmp_path_factory.mktemp("served")) as service:
            yield from_url(f"{service.url}/openapi.json")


def _numbers_alone(getaddrinfo: Any) -> Any:
    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs["flags"] = kwargs.get("flags", 0) | socket.AI_NUMERICHOST
        return getaddrinfo(host, port, *args, **kwargs)

    return resolve


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """What sends the requests. Of a stream, which has no end, it reads the beginning."""
    with requests.Session() as session:
        session.hooks["response"] = [_begun]
        yield session


def _begun(response: requests.Response, **_: Any) -> None:
    stream = response.raw
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        return
    beginning, headers = BytesIO(stream.read1()), stream.headers.copy()
    stream.close()
    headers.discard("transfer-encoding")
    response.raw = urllib3.HTTPResponse(
        beginning, headers, stream.status, reason=stream.reason, preload_content=False
    )


DOCUMENT = make_api(cast(Services, None)).openapi()

# Every operation with requests as it wants them, and as it does not (where a request can be wrong).
REQUESTS = [
    (path, method, mode)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or {"parameters", "requestBody"} & operation.keys()
]


@pytest.mark.parametrize(("path", "method", "mode"), REQUESTS)
def test_every_answer_is_one_that_the_document_announces(
    document: OpenApiSchema,
    session: requests.Session,
    path: str,
    method: str,
    mode: GenerationMode,
) -> None:
    operation = document[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def announced(case: Case[Any]) -> None:
        # A request may be as its schema wants it and name something that does not exist.
        case.call_and_validate(
            headers=HEADERS, session=session, excluded_checks=[positive_data_acceptance]
        )

    announced()

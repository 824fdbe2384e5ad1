"""The API against its own description: no failure of the server, no answer it does not announce."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.openapi import from_url
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema
from tests.in_process import ADMIN, in_process

from tocsin.http.api import make_api
from tocsin.http.services import Services

# How many requests are made to each operation in each mode; a longer run is for the night.
EXAMPLES = int(os.environ.get("TOCSIN_TEST_EXAMPLES", "10"))

HEADERS = {"Authorization": f"Bearer {ADMIN}"}


class Served:
    """The API on a port, with an event loop in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> str:
        self._thread.start()
        self._listening.wait()
        return self._url

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def _serve(self) -> None:
        async with in_process(self._folder) as service:
            config = uvicorn.Config(
                service.app, port=0, log_config=None, log_level="warning", lifespan="off"
            )
            self._server = uvicorn.Server(config)
            serving = asyncio.create_task(self._server.serve())
            while not self._server.started:
                await asyncio.sleep(0)
            port = self._server.servers[0].sockets[0].getsockname()[1]
            self._url = f"http://127.0.0.1:{port}"
            self._listening.set()
            await serving


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    """The description that a running server gives of itself."""
    with Served(tmp_path_factory.mktemp("served")) as url:
        yield from_url(f"{url}/openapi.json")


DOCUMENT = make_api(cast(Services, None)).openapi()

# Answered in front of the application that is served here, in text (see test_inbox.py).
ELSEWHERE = {"/events"}

# Every operation with requests as it wants them, and as it does not (where a request can be wrong).
REQUESTS = [
    (path, method, mode)
    for path, item in DOCUMENT["paths"].items()
    if path not in ELSEWHERE
    for method, operation in item.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or {"parameters", "requestBody"} & operation.keys()
]


@pytest.mark.parametrize(("path", "method", "mode"), REQUESTS)
def test_every_answer_is_one_that_the_document_announces(
    document: OpenApiSchema, path: str, method: str, mode: GenerationMode
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
        case.call_and_validate(headers=HEADERS, excluded_checks=[positive_data_acceptance])

    announced()

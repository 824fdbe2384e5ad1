"""/api/v1/markdown."""

import httpx
import pytest
from tests.in_process import InProcess

from tocsin.model.access import Scope


async def test_the_preview_is_what_will_be_shown(client: httpx.AsyncClient) -> None:
    text = "# *Slow*\n\n<script>x()</script>[a](javascript:x()) [b](https://acme.example)"
    preview = await client.post("/markdown", json={"text": text})
    assert preview.status_code == 200
    component = (await client.post("/components", json={"name": "Website"})).json()["id"]
    issue = {"title": "Slow", "body": text, "component_ids": [component]}
    shown = (await client.post("/issues", json=issue)).json()["body_html"]
    assert preview.json() == {"html": shown}
    assert "<script" not in shown


async def test_a_preview_keeps_nothing(service: InProcess, client: httpx.AsyncClient) -> None:
    head = service.store.head
    async with service.client(await service.token(Scope.READ)) as reader:
        before = service.store.head
        assert (await reader.post("/markdown", json={"text": ""})).json() == {"html": ""}
    assert service.store.head == before > head


async def test_a_preview_is_for_those_who_may_read(service: InProcess) -> None:
    async with service.client(await service.token(Scope.EVENTS_PUBLISH)) as publisher:
        assert (await publisher.post("/markdown", json={"text": "x"})).status_code == 403


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": "x" * 65_537}, {"text": "", "a": 1}])
async def test_what_is_no_text_is_refused(client: httpx.AsyncClient, body: object) -> None:
    assert (await client.post("/markdown", json=body)).status_code == 422

"""Probes, metrics, copies and clean-ups, over a real store."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.in_process import KEEP_EVENTS, InProcess

from tocsin.model.access import Scope
from tocsin.store.tx import Tx

ROOT = "http://tocsin.test"


def publish(count: int) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        for number in range(count):
            tx.append("com.example.counted", "count", b"%d" % number)

    return unit


async def test_probes_and_metrics_ask_for_no_token(service: InProcess) -> None:
    async with service.client(token=None) as anybody:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await anybody.get(ROOT + path)).status_code == 200


async def test_it_is_up_but_not_ready_when_the_store_is_gone(
    service: InProcess, client: httpx.AsyncClient
) -> None:
    await service.store.stop()
    assert (await client.get(ROOT + "/healthz")).status_code == 200
    refused = await client.get(ROOT + "/readyz")
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"] == "1"


async def test_metrics_are_prometheus_text(service: InProcess, client: httpx.AsyncClient) -> None:
    answer = await client.get(ROOT + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert f"tocsin_log_head {float(service.store.head)}" in answer.text


async def test_prune_applies_retention_now(service: InProcess, client: httpx.AsyncClient) -> None:
    await service.store.change(publish(2500))
    head = service.store.head
    answer = await client.post("/prune")
    assert answer.json() == {"removed": head - KEEP_EVENTS}
    assert answer.headers["tocsin-position"] == str(service.store.position(head))
    assert service.store.first_available == head - KEEP_EVENTS + 1
    assert (await client.post("/prune")).json() == {"removed": 0}


async def test_a_backup_is_a_database_and_leaves_nothing_behind(
    service: InProcess, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "backup.tmp").write_text("of a process that died over it")
    answer = await client.post("/backup")
    assert answer.headers["content-type"] == "application/vnd.sqlite3"
    begun = service.store.head - 1  # after it only the notice that it is done
    assert answer.headers["tocsin-position"] == str(service.store.position(begun))
    (tmp_path / "copy.db").write_bytes(answer.content)
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM events").fetchone() == (begun,)
    assert not (tmp_path / "backup.tmp").exists()


async def test_only_an_administrator_may(service: InProcess) -> None:
    token = await service.token(*(scope for scope in Scope if scope is not Scope.ADMIN))
    async with service.client(token) as client:
        for path in ("/backup", "/prune"):
            assert (await client.post(path)).status_code == 403

"""What is on its way to endpoints that were disabled is cancelled in the background."""

import asyncio
import logging
from pathlib import Path

import pytest
from tests.clock import HeldClock
from tests.contract.queues import Queues

from tocsin.app.withdrawal import Withdrawal
from tocsin.model.event import Change, Event
from tocsin.store.store import StoreUnavailable, open_store


def happens(what: str) -> Change:
    """Something happens to an endpoint."""
    topic = "endpoint/e"
    return (Event(1, 1, f"tocsin.endpoint.{what}", topic, topic, "/tocsin", 0, 0, b"{}"),)


async def test_it_works_when_an_endpoint_ends_and_outlives_failures_of_the_store(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(unit: object) -> None:
        raise StoreUnavailable("the disk is full")

    store = open_store(f"sqlite:///{tmp_path}/tocsin.db", HeldClock())
    await store.start()
    queues, withdrawal = Queues(store, HeldClock()), Withdrawal(store)
    await queues.endpoint(enabled=False, disabled_reason="gone")
    await queues.put("a")
    running = asyncio.create_task(withdrawal.run())
    try:
        async with asyncio.timeout(20):
            with monkeypatch.context() as failing, caplog.at_level(logging.WARNING):
                failing.setattr(store, "change", fails)
                withdrawal.on_change(happens("disabled"))
                while "not cancelled: the disk is full" not in caplog.text:
                    await asyncio.sleep(0.002)
            withdrawal.on_change(happens("deleted"))
            while await queues.states() != ["cancelled"]:
                await asyncio.sleep(0.002)
    finally:
        running.cancel()
        await store.stop()

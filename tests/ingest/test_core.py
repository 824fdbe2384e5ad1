"""Reading NATS as it is, over a real server and a real store."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.domain import Domain
from tests.ingest.reading import Reading
from tests.nats_server import Nats

from tocsin.app.bus_state import Fate, Phase
from tocsin.ingest import arrivals
from tocsin.store import leases
from tocsin.store.store import StoreUnavailable
from tocsin.store.tx import Tx

TALK = "monitor.user"


async def test_the_order_of_the_wire_is_kept_across_subjects(there: Domain, bus: Nats) -> None:
    subjects = (TALK, "service.create", "service.delete.done", "sysadm.events.a.b")
    sent = [(subjects[at * at % 4], b"%d" % at) for at in range(5_000)]
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        for subject, payload in sent:
            await client.publish(subject, payload)
        assert await reading.written(len(sent)) == sent
        assert reading.changes < len(sent) / 10


async def test_what_cannot_be_read_is_counted_and_said_once_a_minute(
    there: Domain, bus: Nats
) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    with capture_logs() as said:
        async with reading.running(), bus.client() as client:
            for payload in (b"refuse me", b"refuse me", b"x" * 60_001, b"x" * 60_000):
                await client.publish("service.x.done", payload)
            await reading.written(1)
            there.clock.advance(60)
            await client.publish("service.y.done", b"refuse me")
            await client.publish(TALK, b"goes on")
            assert (await reading.written(2))[-1] == (TALK, b"goes on")
    assert reading.state.frames == {
        ("service.*.done", "wrong_shape"): 3,
        ("service.*.done", "too_large"): 1,
        ("service.*.done", Fate.TAKEN): 1,
        (TALK, Fate.TAKEN): 1,
    }
    assert reading.recorder.refused == 4
    dropped = [line for line in said if line["event"] == "a message from NATS was dropped"]
    assert [line["others_since_last_said"] for line in dropped] == [0, 2]


@pytest.mark.parametrize(
    ("payload", "fate"), [(b"trip me", Fate.FAILED), (b"forbid me", Fate.REFUSED)]
)
async def test_a_message_that_cannot_be_written_keeps_no_other_out(
    there: Domain, bus: Nats, payload: bytes, fate: Fate
) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        for each in (b"1", payload, b"2"):
            await client.publish(TALK, each)
        assert await reading.written(2) == [(TALK, b"1"), (TALK, b"2")]
        await reading.until(lambda: reading.state.frames[TALK, fate] == 1)


async def test_messages_wait_while_the_store_is_away(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Callable[[Tx], Any]) -> Any:
        raise StoreUnavailable("The disk is full.")

    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        monkeypatch.setattr(there.store, "change", away)
        await client.publish(TALK, b"1")
        await there.clock.awaited(there.clock.now_ms() + 1_000)
        await client.publish(TALK, b"2")
        await client.flush()
        monkeypatch.undo()
        there.clock.advance(1)
        assert await reading.written(2) == [(TALK, b"1"), (TALK, b"2")]


async def test_what_finds_no_room_meanwhile_is_counted_as_lost(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "_LIMIT", 0)
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        await client.publish(TALK, b"1")
        await reading.until(lambda: reading.state.frames[TALK, Fate.LOST] == 1)
        monkeypatch.undo()
        await client.publish(TALK, b"2")
        assert await reading.written(1) == [(TALK, b"2")]


async def test_it_connects_again_and_says_from_when_to_when_nobody_was_reading(
    there: Domain, bus: Nats
) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    began_ms = there.clock.now_ms()
    with capture_logs() as said:
        async with reading.running():
            assert reading.state.gap is None
            bus.kill()
            await reading.until(lambda: reading.state.phase is Phase.AWAY)
            assert "nats: not connected since 2023-11-14T22:13:20Z: 127.0.0.1:" in (
                reading.state.describe()
            )
            bus.start()
            await reading.in_time(lambda: reading.state.phase is Phase.READING)
            async with bus.client() as client:
                await client.publish(TALK, b"again")
            await reading.written(1)
    assert reading.state.gap == (began_ms, reading.state.since_ms)
    assert "; nobody was reading from 2023-11-14T22:13:20Z to " in reading.state.describe()
    assert [line for line in said if line.get("nobody_since") == "2023-11-14T22:13:20Z"]


async def test_the_gap_of_a_stop_is_known_to_the_next_start(there: Domain, bus: Nats) -> None:
    async with Reading(there.store, there.clock, bus.url).running():
        there.clock.advance(100)
    stopped_ms = there.clock.now_ms()
    there.clock.advance(50)
    async with Reading(there.store, there.clock, bus.url).running() as second:
        assert second.state.gap == (stopped_ms, stopped_ms + 50_000)


async def test_what_the_server_had_sent_is_written_before_the_end(there: Domain, bus: Nats) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        for at in range(2_000):
            await client.publish(TALK, b"%d" % at)
        await client.flush()
    assert len(reading.log) == 2_000


async def test_only_one_node_reads_and_the_other_follows_when_it_stops(
    there: Domain, bus: Nats
) -> None:
    async with AsyncExitStack() as life:
        await life.enter_async_context(
            Reading(there.store, there.clock, bus.url, holder="one").running()
        )
        other = Reading(there.store, there.clock, bus.url, holder="other")
        async with other.trying():
            await there.clock.awaited(there.clock.now_ms() + 2_000)
            assert other.state.describe() == "nats: waiting for its turn"
            await life.aclose()
            there.clock.advance(2)
            await other.until(lambda: other.state.phase is Phase.READING)


def usurp(tx: Tx) -> None:
    """Another node reads."""
    leases.release(tx, "nats", "us", None)
    leases.take(tx, "nats", "other", 10_000)


async def test_a_node_that_has_lost_its_turn_writes_nothing_more(there: Domain, bus: Nats) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        await there.do(usurp)
        await client.publish(TALK, b"too late")
        await reading.until(lambda: reading.state.phase is Phase.WAITING)
    assert reading.log == []
    assert reading.state.frames[TALK, Fate.LOST] == 1


async def test_a_node_that_has_lost_its_turn_stops_to_read(there: Domain, bus: Nats) -> None:
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running():
        await there.do(usurp)
        await there.clock.awaited(there.clock.now_ms() + 5_000)
        there.clock.advance(5)
        await reading.until(lambda: reading.state.phase is Phase.WAITING)

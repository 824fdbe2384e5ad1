"""Reading a stream that NATS keeps, over a real server and a real store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.js.api import RetentionPolicy
from nats.js.errors import NotFoundError
from tests.domain import Domain, domain
from tests.ingest.reading import Reading, Recorder
from tests.nats_server import Nats

from tocsin.app.bus_state import Phase
from tocsin.ingest import durable
from tocsin.ingest.arrivals import Arrivals
from tocsin.store import bus_positions
from tocsin.store.bus_positions import BusPosition
from tocsin.store.store import StoreUnavailable
from tocsin.store.tx import Tx

SUBJECTS = ("monitor.user", "service.create", "service.delete.done", "sysadm.events.a.b")
STREAM = "TOCSIN_INGEST"


def numbered(first: int, last: int) -> list[tuple[str, bytes]]:
    """Messages on all subjects in turn."""
    return [(SUBJECTS[at * at % 4], b"%d" % at) for at in range(first, last)]


async def publish(bus: Nats, messages: list[tuple[str, bytes]]) -> None:
    """As somebody who waits until the stream has them."""
    async with bus.client() as client:
        for subject, payload in messages:
            await client.jetstream().publish(subject, payload)


async def believe(there: Domain, bus: Nats, sequence: int) -> None:
    """Have it that so much of the stream has been taken in."""
    async with bus.client() as client:
        created = str((await client.jetstream().stream_info(STREAM)).created)
    position = BusPosition(created, sequence)
    await there.do(lambda tx: bus_positions.put(tx, STREAM, position))


async def test_what_is_published_while_nobody_reads_is_taken_in_once(
    there: Domain, bus: Nats
) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as first:
        await publish(bus, numbered(0, 700))
        assert await first.written(700) == numbered(0, 700)
    await publish(bus, numbered(700, 1_500))
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as second:
        assert await second.written(800) == numbered(700, 1_500)
        await publish(bus, numbered(1_500, 1_501))
        assert await second.written(801) == numbered(700, 1_501)


async def test_what_is_published_while_nats_restarts_under_us_comes_in_order(
    there: Domain, bus: Nats
) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
        await publish(bus, numbered(0, 10))
        await reading.written(10)
        bus.kill()
        await reading.until(lambda: reading.state.phase is Phase.AWAY)
        bus.start()
        await publish(bus, numbered(10, 20))
        await reading.in_time(lambda: len(reading.log) >= 20)
        assert reading.log == numbered(0, 20)
        assert reading.state.gap is None


async def test_a_stream_of_another_name_that_holds_the_subjects_is_read(
    there: Domain, bus: Nats
) -> None:
    async with bus.client() as client:
        await client.jetstream().add_stream(name="THEIRS", subjects=["monitor.*", "service.>"])
        await client.jetstream().publish("service.unheard", b"of no interest")
        await publish(bus, [("monitor.user", b"before")])
        async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
            await publish(bus, [("service.create", b"after")])
            wanted = [("monitor.user", b"before"), ("service.create", b"after")]
            assert await reading.written(2) == wanted
        with pytest.raises(NotFoundError):
            await client.jetstream().stream_info(STREAM)


async def test_a_work_queue_is_read_and_emptied(there: Domain, bus: Nats) -> None:
    async with bus.client() as client:
        js = client.jetstream()
        queue = RetentionPolicy.WORK_QUEUE
        await js.add_stream(name=STREAM, subjects=["monitor.user"], retention=queue)
        await publish(bus, [("monitor.user", b"%d" % at) for at in range(5)])
        async with Reading(there.store, there.clock, bus.url, STREAM).running() as first:
            await first.written(5)
        await publish(bus, [("monitor.user", b"5")])
        async with Reading(there.store, there.clock, bus.url, STREAM).running() as second:
            assert await second.written(1) == [("monitor.user", b"5")]
        assert (await js.stream_info(STREAM)).state.messages == 0


async def test_a_stream_that_was_made_anew_is_read_from_its_front(there: Domain, bus: Nats) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as first:
        await publish(bus, numbered(0, 10))
        await first.written(10)
    async with bus.client() as client:
        await client.jetstream().delete_stream(STREAM)
        await client.jetstream().add_stream(name=STREAM, subjects=list(SUBJECTS))
    await publish(bus, numbered(10, 15))
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as second:
        assert await second.written(5) == numbered(10, 15)


async def test_a_stream_that_lost_its_end_is_read_on_from_there(there: Domain, bus: Nats) -> None:
    """A server that lost power gives the sequences of what it lost to what comes next."""
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as first:
        await publish(bus, numbered(0, 10))
        await first.written(10)
    await believe(there, bus, 15)
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as second:
        await publish(bus, numbered(10, 15))
        assert await second.written(5) == numbered(10, 15)


async def test_what_was_taken_in_and_never_acknowledged_does_not_come_again(
    there: Domain, bus: Nats
) -> None:
    """As after a crash between COMMIT and acknowledgement, on every kind of stream."""
    for retention in (RetentionPolicy.LIMITS, RetentionPolicy.WORK_QUEUE):
        async with bus.client() as client:
            js = client.jetstream()
            await js.add_stream(name=STREAM, subjects=list(SUBJECTS), retention=retention)
        await publish(bus, numbered(0, 10))
        await believe(there, bus, 5)
        async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
            assert await reading.written(5) == numbered(5, 10)
        async with bus.client() as client:
            await client.jetstream().delete_stream(STREAM)


@pytest.mark.parametrize("times", [0, 2])
async def test_a_message_lost_or_doubled_under_way_is_taken_in_once_and_in_its_place(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    put = Arrivals.put

    def put_wrongly(self: Arrivals, message: Msg) -> None:
        if message.data != b"7":
            put(self, message)
            return
        monkeypatch.undo()
        for _ in range(times):
            put(self, message)

    monkeypatch.setattr(Arrivals, "put", put_wrongly)
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
        await publish(bus, numbered(0, 10))
        await reading.in_time(lambda: len(reading.log) >= 10)
        assert reading.log == numbered(0, 10)


async def test_messages_whose_commit_was_in_doubt_are_written_once(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
        change = there.store.change

        async def lose_the_answer(unit: Callable[[Tx], Any]) -> Any:
            await change(unit)
            if reading.log:
                monkeypatch.undo()
                raise StoreUnavailable("the connection was lost")

        monkeypatch.setattr(there.store, "change", lose_the_answer)
        await publish(bus, numbered(0, 1))
        await there.clock.awaited(there.clock.now_ms() + 1_000)
        there.clock.advance(1)
        await publish(bus, numbered(1, 3))
        assert await reading.written(3) == numbered(0, 3)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"name": STREAM, "retention": RetentionPolicy.INTEREST}, "'interest'"),
        ({"name": "THEIRS", "subjects": ["monitor.user"]}, "over the streams THEIRS, THEIRS-TOO"),
    ],
)
async def test_a_stream_that_cannot_serve_is_named_with_the_reason(
    there: Domain, bus: Nats, config: dict[str, Any], said: str
) -> None:
    async with bus.client() as client:
        js = client.jetstream()
        await js.add_stream(**{"subjects": list(SUBJECTS), **config})
        if config["name"] != STREAM:
            await js.add_stream(name="THEIRS-TOO", subjects=["service.create"])
    reading = Reading(there.store, there.clock, bus.url, STREAM)
    async with reading.trying():
        await reading.until(lambda: said in reading.state.reason)


async def test_a_server_without_jetstream_is_said_to_be_one(there: Domain, bus: Nats) -> None:
    bus.kill()
    bus.start(jetstream=False)
    reading = Reading(there.store, there.clock, bus.url, STREAM)
    async with reading.trying():
        await reading.until(lambda: "JetStream does not answer" in reading.state.reason)


async def test_a_stream_of_ours_is_given_the_subjects_that_it_lacks(
    there: Domain, bus: Nats
) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running():
        pass
    async with bus.client() as client:
        js = client.jetstream()
        ours = (await js.stream_info(STREAM)).config
        await js.update_stream(ours, subjects=["monitor.user"])
        async with Reading(there.store, there.clock, bus.url, STREAM).running():
            assert set((await js.stream_info(STREAM)).config.subjects or ()) == set(
                Recorder.subjects
            )


async def test_another_log_does_not_take_over_a_consumer_in_use(
    there: Domain, bus: Nats, tmp_path: Path
) -> None:
    async with (
        domain(f"sqlite:///{tmp_path}/other.db", there.clock) as elsewhere,
        Reading(there.store, there.clock, bus.url, STREAM).running(),
    ):
        late = Reading(elsewhere.store, there.clock, bus.url, STREAM)
        async with late.trying():
            await late.until(lambda: "another Tocsin" in late.state.reason)


async def test_a_stream_that_is_quiet_is_not_taken_for_gone(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_HEARTBEAT_S", 0.2)
    heartbeats = 0
    stir = Arrivals.stir

    def counted(self: Arrivals) -> None:
        nonlocal heartbeats
        heartbeats += 1
        stir(self)

    monkeypatch.setattr(Arrivals, "stir", counted)
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
        there.clock.advance(1)
        await reading.until(lambda: heartbeats > 2 * durable._MISSED)
        assert reading.state.since_ms == there.clock.now_ms() - 1_000


async def test_a_consumer_that_somebody_removed_is_made_anew(
    there: Domain, bus: Nats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_HEARTBEAT_S", 0.2)
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as reading:
        async with bus.client() as client:
            await client.jetstream().delete_consumer(STREAM, "tocsin")
        await publish(bus, numbered(0, 1))
        await reading.in_time(lambda: reading.log == numbered(0, 1))

"""A feed: what it gives to its subscribers, when, and in what pieces."""

import asyncio

import pytest
from tests.push.held_loop import turns
from tests.push.readers import ListSocket, MemoryLog, Picture, Reader, frame, make_hub

from tocsin.push.feed import CHUNK, Feed
from tocsin.push.hub import Hub
from tocsin.push.member import State
from tocsin.push.source import PAGE_BYTES, HistoryPage
from tocsin.wire import sse

KB = 1024


def feed_of(hub: Hub, sequences: list[int] | None = None) -> Feed:
    """The log feed, whose history is `sequences`."""
    return hub.feed("log", lambda: MemoryLog(sequences or []))


def joined(hub: Hub, feed: Feed, *, after: int | None = None) -> Reader:
    reader = Reader(hub)
    feed.join(reader.subscriber, b"", hub.position if after is None else after)
    return reader


def publish(hub: Hub, feed: Feed, sequence: int, size: int = 0) -> None:
    feed.publish(sequence, frame(sequence, size))
    hub.advance(sequence)


async def test_a_joiner_gets_retry_its_opening_and_then_what_is_published() -> None:
    hub = make_hub()
    reader = Reader(hub)
    feed_of(hub).join(reader.subscriber, b"event: verdict\ndata\n\n", 0)
    publish(hub, feed_of(hub), 1)
    await turns(3)
    read = b"".join(reader.socket.received)
    retry, rest = read.split(b"\n", 1)
    assert 1000 <= int(retry.removeprefix(b"retry: ")) <= 5000
    assert rest == b"event: verdict\ndata\n\n" + frame(1)


async def test_retry_differs_from_reader_to_reader() -> None:
    hub = make_hub()
    assert len({hub.retry() for _ in range(20)}) > 10


async def test_every_socket_gets_the_same_bytes_object() -> None:
    hub = make_hub()
    readers = [joined(hub, feed_of(hub)) for _ in range(3)]
    publish(hub, feed_of(hub), 1)
    await turns(3)
    assert len({id(reader.socket.received[-1]) for reader in readers}) == 1


async def test_a_feed_at_rest_flushes_at_once_and_a_burst_merges() -> None:
    hub = make_hub()
    reader = joined(hub, feed_of(hub))
    publish(hub, feed_of(hub), 1)
    await turns(1)
    assert reader.socket.received[1:] == [frame(1)]
    for sequence in range(2, 50):
        publish(hub, feed_of(hub), sequence)
    await turns(3)
    assert reader.ids == list(range(1, 50))
    assert len(reader.socket.received) == 3
    assert asyncio.get_running_loop().time() == 0


async def test_what_stands_for_no_event_reaches_the_live_and_puts_nobody_out_of_order() -> None:
    hub = make_hub()
    feed = hub.feed("picture", lambda: Picture(hub))
    reader = joined(hub, feed)
    publish(hub, feed, 1)
    await turns(3)
    hub.advance(5)  # of other feeds' events
    feed.publish(5, sse.frame(b"", event="beside", id="5"))
    newcomer = joined(hub, feed)
    publish(hub, feed, 6)
    await turns(6)
    told = [[(one.event, one.id) for one in each.messages] for each in (reader, newcomer)]
    assert told == [[("event", "1"), ("beside", "5"), ("event", "6")], [("event", "6")]]


async def test_after_a_costly_flush_the_next_waits_as_long_but_no_longer_than_5_ms() -> None:
    hub, loop = make_hub(), asyncio.get_running_loop()
    reader = joined(hub, feed_of(hub))
    feed = feed_of(hub)
    for cost, rest in ((0.002, 0.002), (1.0, 0.005)):
        feed.publish(hub.position + 1, frame(hub.position + 1))
        loop.call_soon(_spend, loop, cost)
        hub.advance(hub.position + 1)
        await turns(4)
        done, count = loop.time(), len(reader.socket.received)
        publish(hub, feed, hub.position + 1)
        await turns(4)
        assert len(reader.socket.received) == count
        while len(reader.socket.received) == count:
            await asyncio.sleep(0.0001)
        assert loop.time() - done == pytest.approx(rest, abs=0.0002)
        await asyncio.sleep(1)


def _spend(loop: object, seconds: float) -> None:
    loop._held.now += seconds  # type: ignore[attr-defined]


async def test_a_turn_of_the_loop_writes_to_64_subscribers() -> None:
    hub = make_hub()
    readers = [joined(hub, feed_of(hub)) for _ in range(2 * CHUNK + 1)]
    publish(hub, feed_of(hub), 1)
    given = []
    for _ in range(4):
        await turns(1)
        given.append(sum(reader.ids == [1] for reader in readers))
    assert given == [CHUNK, 2 * CHUNK, 2 * CHUNK + 1, 2 * CHUNK + 1]


async def test_a_flush_is_at_most_128_kib_unless_one_sequence_is_larger() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    reader = joined(hub, feed)
    sizes = [60 * KB, 60 * KB, 60 * KB, 300 * KB, 1 * KB]
    for sequence, size in enumerate(sizes, 1):
        publish(hub, feed, sequence, size)
    await asyncio.sleep(1)
    assert reader.ids == [1, 2, 3, 4, 5]
    written = [len(piece) for piece in reader.socket.received[1:]]
    assert [size // (60 * KB) for size in written] == [2, 1, 5, 0]
    assert written[0] <= PAGE_BYTES


async def test_the_frames_of_one_sequence_are_never_parted() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    reader = joined(hub, feed)
    for _ in range(3):
        feed.publish(1, frame(1, 60 * KB))
    hub.advance(1)
    await asyncio.sleep(1)
    assert len(reader.socket.received[1:]) == 1
    assert reader.ids == [1, 1, 1]


async def test_who_joins_during_a_flush_neither_misses_nor_repeats_it() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    first = [joined(hub, feed) for _ in range(CHUNK + 1)]
    publish(hub, feed, 1)
    await turns(1)
    assert feed.flushing
    before = joined(hub, feed, after=0)
    after = joined(hub, feed, after=1)
    assert before.ids == after.ids == []
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    assert before.ids == [1, 2]
    assert after.ids == [2]
    assert all(reader.ids == [1, 2] for reader in first)


async def test_a_members_place_is_what_it_was_given_also_in_the_middle_of_a_flush() -> None:
    hub = make_hub(position=5)
    feed = feed_of(hub)
    readers = [joined(hub, feed, after=5) for _ in range(CHUNK + 1)]
    waiting = joined(hub, feed, after=9)

    def places() -> set[tuple[int, int]]:
        return {(len(reader.ids), feed.place(reader.subscriber)) for reader in readers}

    assert places() == {(0, 5)}
    publish(hub, feed, 7)
    assert places() == {(0, 5)}
    await turns(1)
    assert feed.flushing
    assert places() == {(0, 5), (1, 7)}
    await asyncio.sleep(1)
    hub.advance(8)
    assert places() == {(1, 8)}
    assert feed.place(waiting.subscriber) == 9


async def test_who_joins_with_what_is_still_pending_does_not_get_it_again() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    joined(hub, feed)
    publish(hub, feed, 1)
    reader = joined(hub, feed, after=1)
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    assert reader.ids == [2]


async def test_who_is_ahead_of_the_hub_waits_for_it() -> None:
    hub = make_hub(position=5)
    feed = feed_of(hub)
    reader = joined(hub, feed, after=7)
    hub.advance(6)
    await turns(3)
    assert reader.state() is State.WAITING
    publish(hub, feed, 7)
    publish(hub, feed, 8)
    await asyncio.sleep(1)
    assert reader.ids == [8]


async def test_who_is_ahead_of_an_idle_feed_enters_when_the_hub_moves_past_other_events() -> None:
    hub = make_hub(position=5)
    reader = joined(hub, feed_of(hub), after=7)
    hub.advance(7)
    await turns(1)
    assert reader.state() is State.LIVE


async def test_many_who_wait_enter_64_a_turn() -> None:
    hub = make_hub(position=1)
    readers = [joined(hub, feed_of(hub), after=2) for _ in range(CHUNK + 1)]
    hub.advance(2)
    assert sum(reader.state() is State.LIVE for reader in readers) == CHUNK
    await turns(1)
    assert all(reader.state() is State.LIVE for reader in readers)


async def test_history_is_read_until_the_ring_has_the_rest() -> None:
    hub = make_hub(position=10)
    log = MemoryLog(list(range(1, 13)))
    feed = hub.feed("log", lambda: log)
    reader = joined(hub, feed, after=2)
    publish(hub, feed, 11)
    publish(hub, feed, 12)
    await asyncio.sleep(1)
    assert reader.ids == list(range(3, 13))


async def test_history_is_never_read_beyond_the_hub() -> None:
    hub = make_hub(position=4)
    feed = feed_of(hub, [1, 2, 3, 4, 5, 6])
    reader = joined(hub, feed, after=0)
    await asyncio.sleep(1)
    assert reader.ids == [1, 2, 3, 4]
    publish(hub, feed, 5)
    publish(hub, feed, 6)
    await asyncio.sleep(1)
    assert reader.ids == [1, 2, 3, 4, 5, 6]


async def test_a_ring_that_reaches_back_spares_the_reading() -> None:
    hub = make_hub()
    log = MemoryLog([1, 2])
    feed = hub.feed("log", lambda: log)
    joined(hub, feed)
    publish(hub, feed, 1)
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    reader = joined(hub, feed, after=0)
    assert reader.ids == [1, 2]
    assert log.pages_read == 0


async def test_a_feed_that_keeps_little_reads_its_history_sooner() -> None:
    hub = make_hub()
    log = MemoryLog([1, 2, 3])
    feed = hub.feed("log", lambda: log, keep=2 * len(frame(1)))
    first = joined(hub, feed)
    for sequence in (1, 2, 3):
        publish(hub, feed, sequence)
        await asyncio.sleep(1)
    readers = [joined(hub, feed, after=after) for after in (0, 1)]
    await asyncio.sleep(1)
    assert [reader.ids for reader in (first, *readers)] == [[1, 2, 3], [1, 2, 3], [2, 3]]
    assert log.pages_read == 1


async def test_who_has_missed_the_same_shares_the_reading() -> None:
    hub = make_hub(position=9)
    log = MemoryLog(list(range(1, 10)))
    feed = hub.feed("log", lambda: log)
    readers = [joined(hub, feed, after=0) for _ in range(10)]
    await asyncio.sleep(1)
    assert all(reader.ids == list(range(1, 10)) for reader in readers)
    assert log.pages_read == 3
    assert len({tuple(map(id, reader.socket.received[1:])) for reader in readers}) == 1


async def test_history_that_cannot_be_read_ends_the_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        async def page(self, after: int, until: int) -> HistoryPage:
            raise OSError("no disk")

    hub = make_hub(position=3)
    readers = [joined(hub, hub.feed("log", Broken), after=0) for _ in range(3)]
    await asyncio.sleep(1)
    assert all(reader.socket.closed for reader in readers)
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["no disk"]
    assert hub.feeds == []


async def test_a_reader_that_leaves_while_a_page_is_read_gets_nothing_more() -> None:
    hub = make_hub(position=3)
    reader = joined(hub, feed_of(hub, [1, 2, 3]), after=0)
    reader.socket.abort()
    await asyncio.sleep(1)
    assert reader.ids == []
    assert not hub.streams


def stalled(hub: Hub, feed: Feed, high: int = 256 * KB) -> Reader:
    reader = Reader(hub, high=high)
    feed.join(reader.subscriber, b"", hub.position)
    reader.socket.stalled = True
    return reader


async def test_a_reader_that_stalls_holds_little_and_catches_up_from_history() -> None:
    hub = make_hub()
    sequences = list(range(1, 401))
    feed = hub.feed("log", lambda: MemoryLog(sequences, size=20))
    slow, fast = stalled(hub, feed), joined(hub, feed)
    for sequence in sequences:
        publish(hub, feed, sequence, 8 * KB)
        await asyncio.sleep(0.01)
    assert slow.state() is State.STALLED
    assert slow.socket.held <= 512 * KB
    assert fast.ids == sequences
    slow.socket.read_on()
    await asyncio.sleep(1)
    assert slow.ids == sequences
    assert slow.state() is State.LIVE


async def test_catching_up_waits_for_the_reader_page_by_page() -> None:
    hub = make_hub(position=100)
    log = MemoryLog(list(range(1, 101)), size=1)
    feed = hub.feed("log", lambda: log)
    reader = Reader(hub, high=10 * len(frame(10)))
    reader.socket.stalled = True
    feed.join(reader.subscriber, b"", 0)
    await asyncio.sleep(1)
    assert reader.state() is State.STALLED
    assert log.pages_read < 15
    while reader.state() is not State.LIVE:
        reader.socket.read_on()
        reader.socket.stalled = True
        await asyncio.sleep(1)
    reader.socket.read_on()
    assert reader.ids == list(range(1, 101))


async def test_a_reader_that_stalled_gets_a_new_snapshot_instead_of_what_it_missed() -> None:
    hub = make_hub()
    feed = hub.feed("live", lambda: Picture(hub))
    slow = stalled(hub, feed, high=0)
    for sequence in (1, 2, 3):
        publish(hub, feed, sequence)
        await asyncio.sleep(0.01)
    slow.socket.read_on()
    publish(hub, feed, 4)
    await asyncio.sleep(1)
    assert [(m.event, m.id) for m in slow.messages] == [
        ("event", "1"),
        ("init", "3"),
        ("event", "4"),
    ]


async def test_a_reader_that_stalled_but_missed_nothing_just_goes_on() -> None:
    hub = make_hub()
    feed = hub.feed("live", lambda: Picture(hub))
    slow = stalled(hub, feed, high=0)
    publish(hub, feed, 1)
    await asyncio.sleep(1)
    slow.socket.read_on()
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    assert [(m.event, m.id) for m in slow.messages] == [("event", "1"), ("event", "2")]


async def test_a_joiner_that_the_ring_does_not_reach_gets_a_new_snapshot() -> None:
    hub = make_hub(position=5)
    feed = hub.feed("live", lambda: Picture(hub))
    reader = joined(hub, feed, after=3)
    assert [(m.event, m.id) for m in reader.messages] == [("init", "5")]


async def test_a_reader_whose_transport_filled_up_between_flushes_misses_no_flush() -> None:
    hub = make_hub()
    feed = feed_of(hub, [1])
    reader = joined(hub, feed)
    reader.subscriber.pause_writing()
    publish(hub, feed, 1)
    await asyncio.sleep(1)
    assert reader.ids == []
    reader.subscriber.resume_writing()
    await asyncio.sleep(1)
    assert reader.ids == [1]


async def test_a_pause_that_was_over_before_the_next_flush_changes_nothing() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    reader = joined(hub, feed)
    reader.subscriber.pause_writing()
    reader.subscriber.resume_writing()
    publish(hub, feed, 1)
    await turns(1)
    assert reader.ids == [1]


async def test_a_stream_over_during_a_flush_is_not_written_to() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    readers = [joined(hub, feed) for _ in range(2 * CHUNK)]
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    publish(hub, feed, 1)
    await turns(1)
    rest = [reader for reader in readers if reader.ids == []]
    for reader in rest[::2]:
        reader.subscriber.end()
    for reader in rest[1::2]:
        reader.socket.abort()
        reader.subscriber.connection_lost(None)
    await turns(3)
    assert len(rest) == CHUNK
    assert all(reader.ids == [] for reader in rest)
    assert problems == []


async def test_one_socket_that_fails_does_not_stop_the_flush() -> None:
    class Failing(ListSocket):
        def write(self, data: bytes) -> None:
            if data.startswith(b"id:"):
                raise RuntimeError("broken")
            super().write(data)

    hub = make_hub()
    feed = feed_of(hub)
    readers = [joined(hub, feed) for _ in range(CHUNK)]
    bad = Reader(hub)
    bad.socket = bad.subscriber.transport = Failing(bad.subscriber)
    feed.join(bad.subscriber, b"", 0)
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    publish(hub, feed, 1)
    await asyncio.sleep(1)
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    assert all(reader.ids == [1, 2] for reader in readers)
    assert len(problems) == 2


async def test_closing_delivers_what_is_pending_and_the_last_words_then_ends_the_streams() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    readers = [joined(hub, feed) for _ in range(3)]
    publish(hub, feed, 1)
    feed.close(frame(2))
    assert hub.find("log") is None
    await asyncio.sleep(1)
    assert all(reader.ids == [1, 2] and reader.socket.closed for reader in readers)
    assert not hub.streams


async def test_a_feed_at_rest_closes_at_once() -> None:
    hub = make_hub()
    reader = joined(hub, feed_of(hub))
    feed_of(hub).close()
    await turns(3)
    assert reader.socket.closed


async def test_a_feed_that_finishes_delivers_what_is_pending_and_ends_the_streams() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    readers = [joined(hub, feed) for _ in range(2 * CHUNK + 1)]
    publish(hub, feed, 1)
    feed.finish()
    await asyncio.sleep(1)
    assert all(reader.ids == [1] and reader.socket.closed for reader in readers)
    assert not hub.streams
    assert hub.feeds == []


async def test_a_feed_at_rest_finishes_64_streams_a_turn() -> None:
    hub = make_hub()
    readers = [joined(hub, feed_of(hub)) for _ in range(CHUNK + 1)]
    feed_of(hub).finish()
    assert sum(reader.state() is State.ENDED for reader in readers) == CHUNK
    await turns(1)
    assert all(reader.state() is State.ENDED for reader in readers)


async def test_who_joins_a_finished_feed_reads_its_history_and_is_ended() -> None:
    hub = make_hub(position=9)
    feed = feed_of(hub, list(range(1, 10)))
    feed.finish()
    readers = [joined(hub, feed, after=after) for after in (0, 8, 9)]
    await asyncio.sleep(1)
    assert [reader.ids for reader in readers] == [list(range(1, 10)), [9], []]
    assert all(reader.socket.closed for reader in readers)
    assert hub.feeds == []


async def test_who_catches_up_while_a_finished_feed_has_a_heartbeat_to_give_is_ended_too() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    slow = stalled(hub, feed, high=0)
    publish(hub, feed, 1)
    await turns(3)
    publish(hub, feed, 2)
    await asyncio.sleep(1)
    feed.finish()
    feed.beat(b":\n")
    slow.socket.read_on()
    assert slow.state() is State.LIVE
    await asyncio.sleep(1)
    assert slow.ids == [1, 2]
    assert slow.socket.closed


async def test_a_slow_reader_loses_nothing_when_its_feed_finishes() -> None:
    hub = make_hub()
    sequences = list(range(1, 201))
    feed = hub.feed("log", lambda: MemoryLog(sequences, size=20))
    slow, fast = stalled(hub, feed), joined(hub, feed)
    for sequence in sequences:
        publish(hub, feed, sequence, 8 * KB)
        await asyncio.sleep(0.01)
    feed.finish()
    await asyncio.sleep(3600)
    assert fast.socket.closed
    assert slow.state() is State.STALLED
    while not slow.socket.closed:
        slow.socket.read_on()
        slow.socket.stalled = True
        await asyncio.sleep(60)
    assert slow.ids == sequences
    assert hub.feeds == []


async def test_a_closed_feed_takes_nobody() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    feed.close()
    with pytest.raises(RuntimeError, match="closed"):
        joined(hub, feed)


async def test_a_feed_that_nobody_is_in_goes_away() -> None:
    hub = make_hub()
    reader = joined(hub, feed_of(hub))
    assert hub.find("log") is not None
    reader.socket.abort()
    await turns(2)
    assert hub.find("log") is None
    assert hub.feeds == []


async def test_heartbeats_go_to_every_reader_and_move_nobody() -> None:
    hub = make_hub()
    feed = feed_of(hub)
    reader = joined(hub, feed)
    feed.beat(b":\n")
    joined(hub, feed, after=0)
    await asyncio.sleep(1)
    assert reader.socket.received[-1] == b":\n"
    publish(hub, feed, 1)
    feed.beat(b":\n")
    await asyncio.sleep(1)
    assert reader.socket.received[-1] == b":\n" + frame(1)

"""The hub: heartbeats, owners, limits, and its end."""

import asyncio

import pytest
from tests.push.readers import MemoryLog, Reader, make_hub

from tocsin.model.errors import Refused
from tocsin.push.hub import Hub, Rhythm
from tocsin.push.limits import Limits
from tocsin.wire import sse


def joined(hub: Hub, key: str = "log", owner: object = None) -> Reader:
    reader = Reader(hub, owner)
    hub.feed(key, lambda: MemoryLog([])).join(reader.subscriber, b"", hub.position)
    return reader


async def test_every_stream_has_a_heartbeat_in_every_interval() -> None:
    hub = make_hub(rhythm=Rhythm(heartbeat_s=15))
    hub.start()
    streams = [joined(hub, str(number)) for number in range(100)]
    await asyncio.sleep(31)
    assert all(stream.socket.received[1:] == [sse.comment()] * 2 for stream in streams)
    await hub.drain(0)


async def test_retry_stays_within_its_bounds() -> None:
    hub = make_hub(rhythm=Rhythm(retry_min_ms=7, retry_max_ms=7))
    assert hub.retry() == sse.retry(7)


async def test_a_feed_is_made_once_for_all_who_ask_for_its_key() -> None:
    hub = make_hub()
    sources = [MemoryLog([]) for _ in range(3)]
    makers = iter(sources)
    feeds = [hub.feed("log", lambda: next(makers)) for _ in range(3)]
    assert [feed.source for feed in feeds] == [sources[0]] * 3


async def test_a_renamed_feed_keeps_its_readers_and_leaves_its_old_name_free() -> None:
    hub = make_hub()
    reader = joined(hub, "before")
    feed = hub.feed("before", lambda: MemoryLog([]))
    hub.rename(feed, "after")
    assert hub.find("before") is None
    assert hub.find("after") is feed
    feed.publish(1, sse.frame(b"", id="1"))
    hub.advance(1)
    await asyncio.sleep(1)
    assert reader.ids == [1]
    reader.socket.abort()
    await asyncio.sleep(1)
    assert hub.feeds == []


async def test_the_end_of_an_owner_ends_its_streams_in_every_feed_and_no_others() -> None:
    hub = make_hub()
    mine = [joined(hub, key, owner="me") for key in ("a", "b")]
    yours = joined(hub, "a", owner="you")
    assert hub.end("me") == 2
    await asyncio.sleep(1)
    assert all(stream.socket.closed for stream in mine)
    assert not yours.socket.closed


async def test_open_streams_count_against_the_limit_of_their_address() -> None:
    hub = make_hub(limits=Limits(total=10, per_address=1))
    reader = Reader(hub, address="a")
    with pytest.raises(Refused):
        hub.admit("a")
    reader.socket.abort()
    await asyncio.sleep(0)
    hub.admit("a")


async def test_one_can_wait_until_the_feeds_have_an_event() -> None:
    hub = make_hub()
    await hub.reach(0)
    waiting = [asyncio.ensure_future(hub.reach(sequence)) for sequence in (2, 2, 3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    for sequence in (1, 2):
        hub.advance(sequence)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert [each.done() for each in waiting] == [True, True, False]
    hub.advance(7)
    await waiting[2]


async def test_a_drain_refuses_newcomers_ends_all_streams_and_stops() -> None:
    hub = make_hub()
    hub.start()
    streams = [joined(hub) for _ in range(10)]
    never_joined = Reader(hub)
    draining = asyncio.ensure_future(hub.drain(5))
    await asyncio.sleep(0.1)
    with pytest.raises(Refused):
        hub.admit("a")
    assert not all(stream.socket.closed for stream in streams)
    await draining
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().time() <= 5.1
    assert all(stream.socket.closed for stream in [*streams, never_joined])
    assert hub.feeds == []
    assert len(asyncio.all_tasks()) == 1


async def test_who_came_in_during_a_drain_is_gone_at_its_end() -> None:
    hub = make_hub()
    joined(hub)
    draining = asyncio.ensure_future(hub.drain(5))
    await asyncio.sleep(0.1)
    late = joined(hub)
    await draining
    await asyncio.sleep(0)
    assert late.socket.closed

"""How streams are ended."""

import asyncio

from tests.push.readers import Reader, make_hub

from tocsin.push import ending
from tocsin.push.ending import Why


def readers(count: int) -> list[Reader]:
    hub = make_hub()
    return [Reader(hub) for _ in range(count)]


async def end(streams: list[Reader], over: float, grace: float) -> None:
    await ending.end([reader.subscriber for reader in streams], Why.STOPPING, over, grace)


async def test_streams_end_evenly_over_the_time() -> None:
    streams = readers(1000)
    work = asyncio.ensure_future(end(streams, over=5, grace=1))
    ended = []
    for _ in range(5):
        await asyncio.sleep(1)
        ended.append(sum(reader.socket.closed for reader in streams))
    await work
    assert [round(count, -2) for count in ended] == [200, 400, 600, 800, 1000]


async def test_a_few_take_no_longer_than_the_time_either() -> None:
    streams = readers(3)
    await end(streams, over=3, grace=1)
    assert asyncio.get_running_loop().time() <= 3.1


async def test_without_a_time_all_end_at_once() -> None:
    streams = readers(300)
    await end(streams, over=0, grace=1)
    assert all(reader.socket.closed for reader in streams)
    assert asyncio.get_running_loop().time() < 0.1


async def test_a_stream_that_cannot_send_what_it_has_is_aborted_after_the_grace() -> None:
    stuck, other = readers(2)
    stuck.socket.stalled = True
    stuck.socket.write(b"held")
    work = asyncio.ensure_future(end([stuck, other], over=0, grace=2))
    await asyncio.sleep(1.9)
    assert other.socket.closed
    assert not stuck.socket.closed
    await work
    assert stuck.socket.closed


async def test_cancelling_aborts_what_is_open() -> None:
    streams = readers(100)
    work = asyncio.ensure_future(end(streams, over=5, grace=1))
    await asyncio.sleep(1)
    work.cancel()
    await asyncio.wait((work,))
    assert all(reader.socket.closed for reader in streams)

"""What waits between the wire and the store."""

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from tocsin.ingest import arrivals
from tocsin.ingest.arrivals import Arrivals
from tocsin.ingest.errors import BusUnavailable
from tocsin.wire.malformed import FRAME_LIMIT


def message(data: bytes) -> Msg:
    return Msg(_client=Client(), subject="a", data=data)


async def test_what_came_is_taken_in_order_and_no_more_than_asked_for() -> None:
    waiting = Arrivals(lost=lambda subject: None)
    for at in range(5):
        waiting.put(message(b"%d" % at))
    assert [one.data for one in await waiting.take(3)] == [b"0", b"1", b"2"]
    assert [one.data for one in await waiting.take(3)] == [b"3", b"4"]


async def test_after_the_end_what_had_come_is_still_taken() -> None:
    waiting = Arrivals(lost=lambda subject: None)
    waiting.put(message(b"1"))
    waiting.put(message(b"2"))
    waiting.end("it is over")
    assert len(await waiting.take(1)) == 1
    assert len(await waiting.take(1)) == 1
    with pytest.raises(BusUnavailable, match="it is over"):
        await waiting.take(1)


async def test_a_stir_brings_nothing() -> None:
    waiting = Arrivals(lost=lambda subject: None)
    waiting.stir()
    assert await waiting.take(1) == []


async def test_what_is_too_large_is_kept_only_as_far_as_to_tell() -> None:
    waiting = Arrivals(lost=lambda subject: None)
    waiting.put(message(b"x" * FRAME_LIMIT * 10))
    (kept,) = await waiting.take(1)
    assert len(kept.data) == FRAME_LIMIT + 1


async def test_taking_makes_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "_LIMIT", 1_500)
    lost: list[str] = []
    waiting = Arrivals(lost.append)
    for _ in range(3):
        waiting.put(message(b"x" * 200))
    assert (len(await waiting.take(9)), lost) == (2, ["a"])
    waiting.put(message(b"x" * 200))
    assert len(await waiting.take(9)) == 1

"""Each event once, and none after a newer one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.client import Latest, Pushed
from tocsin.client.pushed import Place
from tocsin.store.backup import new_epoch


def event(number: int, key: str = "k", log: str = "") -> Pushed:
    """An event of an incident."""
    return Pushed(f"{key}-{log}-{number}", "i_ack", {}, Place(key, log, number))


class Failed(Exception):  # noqa: N818 - a test's own
    """The receiver could not do its work."""


@dataclass
class Receiver:
    """What it acted on, by key."""

    latest: Latest = field(default_factory=Latest)
    done: dict[str, list[int]] = field(default_factory=dict)

    def receive(self, event: Pushed, fails: bool = False) -> bool:
        """Act on an event if it is news; whether it was."""
        with self.latest.taking(event) as is_news:
            if is_news and fails:
                raise Failed
            if is_news and event.place:
                self.done.setdefault(event.place.key, []).append(event.place.number)
        return is_news


EVENTS = st.tuples(st.sampled_from("abc"), st.integers(0, 9))


@given(st.lists(EVENTS))
def test_any_order_and_repetition_ends_with_the_newest(sent: list[tuple[str, int]]) -> None:
    receiver = Receiver()
    for key, number in sent:
        receiver.receive(event(number, key))
    for key, done in receiver.done.items():
        assert done == sorted(set(done))
        assert done[-1] == max(number for k, number in sent if k == key)
    assert receiver.done.keys() == {key for key, _ in sent}


@given(st.lists(st.tuples(EVENTS, st.booleans())))
def test_what_fails_and_is_sent_again_is_not_lost(sent: list[tuple[tuple[str, int], bool]]) -> None:
    receiver = Receiver()
    failed = []
    for (key, number), fails in sent:
        try:
            receiver.receive(event(number, key), fails)
        except Failed:
            failed.append((key, number))
    for key, number in failed:
        receiver.receive(event(number, key))
    for key, done in receiver.done.items():
        assert done == sorted(set(done))
        assert done[-1] == max(number for (k, number), _ in sent if k == key)
    assert receiver.done.keys() == {key for (key, _), _ in sent}


def test_a_repeat_is_no_news_nor_is_an_older_one() -> None:
    receiver = Receiver()
    assert [receiver.receive(event(n)) for n in (2, 2, 1, 3)] == [True, False, False, True]


def test_what_has_no_place_is_news_once() -> None:
    receiver = Receiver()
    test = Pushed("t1", "x", {}, None)
    assert [receiver.receive(test), receiver.receive(test)] == [True, False]
    with pytest.raises(Failed):
        receiver.receive(Pushed("t2", "x", {}, None), fails=True)
    assert receiver.receive(Pushed("t2", "x", {}, None))


def test_a_log_that_took_the_place_of_another_is_newer() -> None:
    receiver, old = Receiver(), "f" * 12
    assert receiver.receive(event(500, log=old))
    assert receiver.receive(event(3, log=new_epoch()))
    assert not receiver.receive(event(501, log=old))
    assert receiver.receive(event(4, log=new_epoch()))


def test_what_is_told_again_of_a_log_before_is_older_also_where_that_was_never_seen() -> None:
    receiver, new = Receiver(), new_epoch()
    assert receiver.receive(event(501, log=new))
    assert not receiver.receive(event(500, log="f" * 12))
    assert receiver.receive(event(502, log=new))


def test_a_failure_does_not_undo_what_was_taken_meanwhile() -> None:
    receiver = Receiver()

    def overtaken() -> None:
        with receiver.latest.taking(event(1)):
            receiver.receive(event(2))
            raise Failed

    with pytest.raises(Failed):
        overtaken()
    assert receiver.done == {"k": [2]}
    assert not receiver.receive(event(1))


def test_a_cancelled_block_has_failed() -> None:
    latest = Latest()
    with pytest.raises(asyncio.CancelledError), latest.taking(event(1)):
        raise asyncio.CancelledError
    with latest.taking(event(1)) as is_news:
        assert is_news


def test_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    receiver = Receiver(Latest(room=2))
    for key in "abc":
        receiver.receive(event(1, key))
    assert receiver.receive(event(0, "a"))
    assert not receiver.receive(event(0, "c"))


def test_of_many_threads_one_has_the_news() -> None:
    receiver = Receiver()
    start = threading.Barrier(8)

    def receive(_: int) -> bool:
        start.wait()
        return receiver.receive(event(1))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(receive, range(8))) == [False] * 7 + [True]

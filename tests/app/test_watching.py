"""Following notices: whatever is followed and left, nothing is missed or repeated."""

import asyncio
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.clock import HeldClock
from tests.conversing import Client, Conversing, conversing

from tocsin.app.watching import Watching
from tocsin.model.position import Position
from tocsin.model.resume import Anchor
from tocsin.wire.sysadm import Request
from tocsin.wire.sysadm_calls import Follow, Unsubscribe, WatchAction

_CLASSES = st.frozensets(st.sampled_from("xyz"), min_size=1)
_STEPS = st.one_of(
    st.tuples(st.just("publish"), st.sampled_from("xyz")),
    st.tuples(st.just("follow"), _CLASSES, st.none() | st.integers(0, 9)),
    st.tuples(st.just("unsubscribe"), _CLASSES),
    st.tuples(st.just("turns"), st.integers(1, 5)),
)


class Checked:
    """A client of which every word is checked against what was published."""

    def __init__(self, there: Conversing) -> None:
        self.published: dict[str, list[int]] = {class_: [] for class_ in "xyz"}
        self._there = there
        self._client = Client(there.hub, there.partners)
        self._watching = Watching(self._client.connection, there.feeds, there.store)
        self._asked: dict[str, WatchAction] = {}
        self._at: dict[str, int] = {}

    async def publish(self, class_: str) -> None:
        self.published[class_].append(await self._there.publish(class_))

    async def do(self, action: WatchAction) -> None:
        number = str(len(self._asked))
        self._asked[number] = action
        await self._watching.do(Request("events", "subscribe", number, None), action)

    def check(self) -> bool:
        """Whether everything that is followed has come. It must be in order, and nothing else."""
        for heard in self._client.take():
            if heard["name"] == "response":
                self._answered(self._asked[heard["id"]], heard["args"])
            else:
                self._told(heard["name"], _sequence(heard["position"]))
        return not any(map(self._due, self._at))

    def _due(self, class_: str) -> list[int]:
        return [sequence for sequence in self.published[class_] if sequence > self._at[class_]]

    def _answered(self, action: WatchAction, answer: dict[str, Any]) -> None:
        for class_ in action.classes:
            self._at.pop(class_, None)
            if isinstance(action, Follow):
                self._at[class_] = _sequence(answer["position"])

    def _told(self, class_: str, sequence: int) -> None:
        assert class_ in self._at
        assert sequence == self._due(class_)[0]
        self._at[class_] = sequence


def _sequence(position: str) -> int:
    return int(position.rpartition("-")[2])


@given(st.lists(_STEPS, min_size=3, max_size=30))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_is_followed_and_left_nothing_is_missed_or_repeated(
    migrated: Path, tmp_path: Path, steps: list[tuple[Any, ...]]
) -> None:
    async def run() -> None:
        url = f"sqlite:///{shutil.copy(migrated, tmp_path)}"
        async with conversing(url, HeldClock()) as there:
            await go(there, steps)

    # A flush takes a turn for each of the members, so that requests come in the middle of one.
    with patch("tocsin.push.feed.CHUNK", 1):
        asyncio.run(run())


async def go(there: Conversing, steps: list[tuple[Any, ...]]) -> None:
    everything = Follow(("x", "y", "z"), Anchor.LATEST)
    for _ in range(2):
        await Checked(there).do(everything)
    checked = Checked(there)
    await checked.do(everything)
    for step in steps:
        match step:
            case ("publish", class_):
                await checked.publish(class_)
            case ("follow", classes, None):
                await checked.do(Follow(tuple(classes), Anchor.LATEST))
            case ("follow", classes, since):
                since = min(since, there.store.head)
                await checked.do(Follow(tuple(classes), Position(there.store.epoch, since)))
            case ("unsubscribe", classes):
                await checked.do(Unsubscribe(tuple(classes)))
            case ("turns", number):
                for _ in range(number):
                    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        while not checked.check():
            await asyncio.sleep(0.001)

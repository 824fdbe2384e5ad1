"""What the open copies of a page are sent."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from tests.clock import HeldClock
from tests.push.readers import Reader, make_hub
from tests.web.sample import NOW, in_trouble, page, recent_of, three_fine

from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.event import Event
from tocsin.model.page import Visibility
from tocsin.push.dispatch import StreamRequest
from tocsin.push.source import Snapshot
from tocsin.web.live_page import PageFeed, PageStream, PageSurface
from tocsin.web.page import SECTIONS
from tocsin.web.pictures import Pictures
from tocsin.web.site import Site
from tocsin.wire import sse


class World:
    """A page that is open, without a network."""

    def __init__(self) -> None:
        self.board = three_fine()
        self.hub = make_hub(position=10)
        self.clock = HeldClock(NOW * 1_000)
        self.pictures = Pictures(
            lambda: self.board, recent_of(self.board), self.clock, Site("http://tocsin.test")
        )
        self.surface = PageSurface(self.hub, lambda: self.board, self.pictures)

    def open(self, shown: str | None = None) -> Reader:
        reader = Reader(self.hub)
        self.surface.join(reader.subscriber, "main", shown)
        return reader

    def change(self, board: Board) -> None:
        """The next event of the log has led to this board."""
        sequence = self.hub.position + 1
        self.board = board
        self.surface.publish((Event(sequence, sequence, "t", "a", "a", "/", 0, 0, b""),))
        self.hub.advance(sequence)

    @property
    def picture(self) -> str:
        return self.pictures.seen("main").name


@pytest.fixture
async def world() -> World:
    return World()


def sections(message: sse.Message) -> dict[str, str]:
    assert message.event == "page"
    found: dict[str, str] = json.loads(message.data)
    return found


async def settled(world: World) -> None:
    """The flushes that were scheduled are over."""
    while any(feed.busy for feed in world.hub.feeds):
        await asyncio.sleep(0)


async def test_a_reader_who_sees_the_picture_is_only_told_so(world: World) -> None:
    (message,) = world.open(shown=world.picture).messages
    assert sections(message) == {}
    assert message.id == world.picture


@pytest.mark.parametrize("shown", [None, "another"])
async def test_a_reader_who_sees_another_picture_is_shown_everything(
    world: World, shown: str | None
) -> None:
    (message,) = world.open(shown).messages
    assert tuple(sections(message)) == SECTIONS
    assert message.id == world.picture


async def test_everything_is_rendered_once_for_all_who_come_back(world: World) -> None:
    assert world.surface.opening("main", None) is world.surface.opening("main", "another")
    before = world.surface.opening("main", None)
    world.change(in_trouble())
    assert world.surface.opening("main", None) != before


async def test_a_change_goes_out_as_the_sections_that_it_changed(world: World) -> None:
    reader = world.open(world.picture)
    world.change(replace(world.board, pages={"main": replace(world.board.pages["main"], name="X")}))
    await settled(world)
    _, renamed = reader.messages
    assert tuple(sections(renamed)) == ("masthead", "answer")
    assert renamed.id == world.picture
    world.change(in_trouble())
    await settled(world)
    assert set(sections(reader.messages[2])) == {
        "masthead",
        "answer",
        "issues",
        "maintenance",
        "components",
        "past",
        "footer",
    }


async def test_every_reader_gets_the_same_bytes(world: World) -> None:
    readers = [world.open(world.picture), world.open(world.picture)]
    world.change(in_trouble())
    await settled(world)
    first, second = (reader.socket.received[-1] for reader in readers)
    assert first is second


async def test_what_does_not_concern_the_page_is_not_sent(world: World) -> None:
    reader = world.open(world.picture)
    other = page(id="p9", slug="other")
    world.change(replace(world.board, pages={**world.board.pages, "other": other}))
    world.change(world.board)
    await settled(world)
    assert len(reader.messages) == 1


async def test_another_time_zone_is_in_every_time(world: World) -> None:
    reader = world.open(world.picture)
    moved = replace(world.board.pages["main"], timezone="Asia/Tokyo")
    world.change(replace(world.board, pages={"main": moved}))
    await settled(world)
    assert tuple(sections(reader.messages[1])) == (
        "answer",
        "issues",
        "maintenance",
        "components",
        "past",
        "footer",
    )


async def test_what_no_section_shows_is_not_sent(world: World) -> None:
    reader = world.open(world.picture)
    private = replace(world.board.pages["main"], visibility=Visibility.PRIVATE)
    world.change(replace(world.board, pages={"main": private}))
    await settled(world)
    assert len(reader.messages) == 1


async def test_a_reader_that_fell_behind_is_shown_everything(world: World) -> None:
    reader = world.open(world.picture)
    feed = world.hub.find(PageFeed("main"))
    assert feed is not None
    world.change(in_trouble())
    assert isinstance(feed.source, Snapshot)
    frame, sequence = feed.source.snapshot()
    assert sequence == world.hub.position == 11
    (message,) = sse.Parser().feed(frame)
    assert tuple(sections(message)) == SECTIONS
    assert reader.subscriber.feed is feed


async def test_a_new_day_is_shown_when_it_begins(world: World) -> None:
    reader = world.open(world.picture)
    running = asyncio.create_task(world.surface.run(world.clock))
    world.clock.advance(60)
    await world.clock.awaited((NOW + 60) // 60 * 60_000 + 60_000)
    assert len(reader.messages) == 1
    world.clock.advance(10 * 3_600)
    await world.clock.awaited((NOW + 36_060) // 60 * 60_000 + 60_000)
    await settled(world)
    assert tuple(sections(reader.messages[1])) == ("components", "past")
    running.cancel()


async def test_a_deleted_page_ends_its_streams(world: World) -> None:
    world.open(world.picture)
    world.change(replace(world.board, pages={}))
    assert world.hub.find(PageFeed("main")) is None


async def test_a_page_that_is_deleted_while_somebody_enters_has_no_stream(world: World) -> None:
    world.board = replace(world.board, pages={})
    reader = world.open()
    assert reader.messages == []
    assert reader.socket.closed


async def admit(request: StreamRequest) -> Visit:
    return Visit(request.path["slug"] or "main", "owner")


@pytest.mark.parametrize(
    ("query", "headers", "shown"),
    [
        ({}, {}, False),
        ({"picture": ["PICTURE"]}, {}, True),
        ({"picture": ["old"]}, {"last-event-id": "PICTURE"}, True),
        ({"picture": ["PICTURE"]}, {"last-event-id": "old"}, False),
    ],
)
async def test_what_a_broken_stream_told_last_counts_before_what_the_page_says(
    world: World, query: dict[str, list[str]], headers: dict[str, str], shown: bool
) -> None:
    def named(text: str) -> str:
        return text.replace("PICTURE", world.picture)

    stream = PageStream(world.surface, admit)
    match = stream.path.fullmatch("/pages/main/page/live")
    assert match is not None
    request = StreamRequest(
        path=match.groupdict(),
        query={name: [named(value) for value in values] for name, values in query.items()},
        headers={name: named(value) for name, value in headers.items()},
    )
    opening = await stream.open(request)
    assert opening.owner == "owner"
    reader = Reader(world.hub)
    opening.start(reader.subscriber)
    assert (sections(reader.messages[0]) == {}) is shown


def test_the_stream_has_two_addresses() -> None:
    by_host = PageStream.path.fullmatch("/page/live")
    assert by_host is not None
    assert by_host["slug"] is None
    assert re.fullmatch(PageStream.path, "/pages/a/b/page/live") is None

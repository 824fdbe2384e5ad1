"""The live page: what changes on a page goes out as the HTML of the sections that changed."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

import msgspec
from starlette.types import Scope

from tocsin.app.clock import AlarmClock
from tocsin.app.visitors import Visit
from tocsin.model.board import Board
from tocsin.model.event import Change
from tocsin.push.dispatch import StreamRequest
from tocsin.push.hub import Hub
from tocsin.push.stream import Opening
from tocsin.push.subscriber import Subscriber
from tocsin.web.page import SECTIONS, section_html
from tocsin.web.pictures import Pictures, Seen
from tocsin.web.view import PageView
from tocsin.wire import sse

# Finds out which page is meant (`request.path` has `slug`) and who asks; Refused when they may not.
Admit = Callable[[StreamRequest], Awaitable[Visit]]

_MINUTE_MS = 60_000

# What of a view each section shows. The zone and the language are in nearly everything.
_SHOWN_BY: dict[str, Callable[[PageView], object]] = {
    "masthead": lambda view: replace(view.look, text_above="", text_below="", links=()),
    "answer": lambda view: (view.answer, _manner(view)),
    "above": lambda view: view.look.text_above,
    "issues": lambda view: (view.issues, _manner(view)),
    "maintenance": lambda view: (view.maintenance, _manner(view)),
    "components": lambda view: (
        (view.groups, view.today, view.bar_days, view.day_issues),
        _manner(view),
    ),
    "past": lambda view: (view.past, view.today, _manner(view)),
    "below": lambda view: view.look.text_below,
    "footer": lambda view: (view.look.links, _manner(view)),
}


def _manner(view: PageView) -> object:
    return view.look.timezone, view.look.language


class PageFeed(NamedTuple):
    """The key of the feed of one page's open copies."""

    slug: str


class _Source:
    """What the readers of a page's feed have been shown, and how who fell behind is shown all."""

    def __init__(self, surface: "PageSurface", slug: str) -> None:
        self._surface = surface
        self._slug = slug
        self.seen = surface.pictures.seen(slug)

    def snapshot(self) -> tuple[bytes, int]:
        """Every section as of now."""
        return self._surface.opening(self._slug, None), self._surface.sequence


class PageSurface:
    """Follows the log, after the board has, and publishes what changed on the pages that are open.

    `sequence` is that of the newest event it was given.
    """

    def __init__(self, hub: Hub, board: Callable[[], Board], pictures: Pictures) -> None:
        self.pictures = pictures
        self.sequence = hub.position
        self._hub = hub
        self._board = board
        self._before = board()
        self._wholes: dict[str, tuple[Seen, bytes]] = {}

    def publish(self, change: Change) -> None:
        """Give one committed change to the feeds. On the loop, in commit order, after the board
        folded it and before the hub is advanced."""
        self.sequence = change[-1].sequence
        before, after = self._before, self._board()
        recent = self.pictures.recent
        self._before = after
        self.pictures.follow(before, after, change)
        if after is not before or self.pictures.recent is not recent:
            self._tell()

    async def run(self, clock: AlarmClock) -> None:
        """Show every minute what time alone has changed, such as that a new day began; until
        cancelled."""
        while True:
            await clock.until((clock.now_ms() // _MINUTE_MS + 1) * _MINUTE_MS)
            self._tell()

    def _tell(self) -> None:
        """Send the readers of each page what is new to them."""
        pages = self._board().pages
        for feed in self._hub.feeds:
            if isinstance(feed.source, _Source) and isinstance(feed.key, PageFeed):
                if feed.key.slug not in pages:
                    feed.close()
                elif frame := self._news(feed.source, feed.key.slug):
                    feed.publish(self.sequence, frame)

    def opening(self, slug: str, shown: str | None) -> bytes:
        """The first frame for a reader who sees the picture named `shown`: nothing new, or all.

        All is rendered once, for everybody who comes back from a restart or an outage of the net.
        """
        seen = self.pictures.seen(slug)
        if shown == seen.name:
            return self._frame(seen, ())
        rendered_of, whole = self._wholes.get(slug, (None, b""))
        if rendered_of is None or rendered_of.name != seen.name:
            whole = self._frame(seen, SECTIONS)
            self._wholes[slug] = seen, whole
        return whole

    def join(self, subscriber: Subscriber, slug: str, shown: str | None) -> None:
        """Make an open page of `slug`, which shows the picture `shown`, follow from now on."""
        if slug not in self._board().pages:  # deleted while its visitor was being admitted
            subscriber.end()
            return
        feed = self._hub.feed(PageFeed(slug), lambda: _Source(self, slug))
        feed.join(subscriber, self.opening(slug, shown), self.sequence)

    def _news(self, source: _Source, slug: str) -> bytes | None:
        before, source.seen = source.seen, self.pictures.seen(slug)
        changed = [
            section
            for section, shown in _SHOWN_BY.items()
            if shown(before.view) != shown(source.seen.view)
        ]
        return self._frame(source.seen, changed) if changed else None

    def _frame(self, seen: Seen, sections: Iterable[str]) -> bytes:
        html = section_html(seen.view, self.pictures.now, sections)
        return sse.frame(msgspec.json.encode(html), event="page", id=seen.name)


class PageStream:
    """The endpoint of the live page: by host `/page/live`, by name `/pages/{slug}/page/live`."""

    path = re.compile(r"(?:/pages/(?P<slug>[^/]+))?/page/live")
    cross_origin = False

    def __init__(self, surface: PageSurface, admit: Admit) -> None:
        self._surface = surface
        self._admit = admit

    def serves(self, scope: Scope) -> bool:
        """Every request for its path."""
        return True

    async def open(self, request: StreamRequest) -> Opening:
        """Admit the visitor. The picture it has is the one that the stream which broke told last,
        else the one that it was served."""
        visit = await self._admit(request)
        shown = request.headers.get("last-event-id") or request.first("picture")
        return Opening(visit.owner, lambda reader: self._surface.join(reader, visit.slug, shown))

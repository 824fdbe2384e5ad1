"""What each page shows now: its view, worked out once a change, and its document, rendered once a
change and minute."""

from collections.abc import Callable
from typing import NamedTuple

from tocsin.model.board import Board
from tocsin.model.clock import Clock
from tocsin.model.event import Change
from tocsin.model.page import Language
from tocsin.model.recent import Recent
from tocsin.web.compose import compose
from tocsin.web.documents import Document, document
from tocsin.web.page import Place, page_html, picture
from tocsin.web.view import PageView


class _Origin(NamedTuple):
    """What a view is composed from; that of the same objects is the same. A minute is as long as
    no new day begins and no share changes that anybody would miss."""

    board: Board
    recent: Recent
    minute: int

    def is_that_of(self, other: "_Origin") -> bool:
        return (
            self.board is other.board
            and self.recent is other.recent
            and self.minute == other.minute
        )


class Seen(NamedTuple):
    """A page's view, its name, and what it was composed from."""

    origin: _Origin
    view: PageView
    name: str


class _Held(NamedTuple):
    """A document, the name of the picture that it shows, and the minute it was made in."""

    name: str
    minute: int
    document: Document


class Pictures:
    """Lives on the event loop. `board` gives the board of now; `recent` are the issues at the
    beginning, which it follows from there; `public_url` has no final slash."""

    def __init__(
        self, board: Callable[[], Board], recent: Recent, clock: Clock, public_url: str
    ) -> None:
        self.recent = recent
        self._board = board
        self._clock = clock
        self._public_url = public_url
        self._seen: dict[str, Seen] = {}
        self._documents: dict[tuple[str, str], _Held] = {}
        self._touched: dict[str, int] = {}

    @property
    def now(self) -> int:
        """The time that pages are rendered for, in Unix seconds."""
        return self._clock.now_ms() // 1_000

    def seen(self, slug: str) -> Seen:
        """What the page `slug`, which the board has, shows now."""
        now = self.now
        origin = _Origin(self._board(), self.recent, now // 60)
        last = self._seen.get(slug)
        if last is None or not origin.is_that_of(last.origin):
            view = compose(origin.board, slug, origin.recent, now, self._touched.get(slug, 0))
            name = last.name if last and last.view == view else picture(view)
            last = self._seen[slug] = Seen(origin, view, name)
        return last

    def document(self, slug: str, query: str = "") -> Document:
        """The page `slug`, which the board has, as HTML of this minute. Its links repeat `query`,
        by which its readers were let in."""
        now, seen = self.now, self.seen(slug)
        held = self._documents.get((slug, query))
        if held is None or (held.name, held.minute) != (seen.name, now // 60):
            html = page_html(seen.view, now, Place(self._address(slug), query=query))
            made = document(html, f"{seen.name}-{now // 60}")
            held = self._documents[slug, query] = _Held(seen.name, now // 60, made)
        return held.document

    def past_document(
        self, slug: str, board: Board, recent: Recent, at: int, query: str
    ) -> Document:
        """The page as it stood on `board` at the time `at`. May run in any thread."""
        view = compose(board, slug, recent, at)
        place = Place(f"{self._public_url}/pages/{slug}/?at={at}", query=query)
        return document(page_html(view, at, place, past=True))

    def follow(self, before: Board, after: Board, change: Change) -> None:
        """Note what `change` did to the issues that were: what is recent, and which pages changed
        though the board keeps no trace of it. Forget the pages that went."""
        self.recent = self.recent.apply(change)
        for issue_id in before.issues.keys() - after.issues.keys():
            about = before.issues[issue_id].component_ids
            for slug, page in after.pages.items():
                if not set(about).isdisjoint(page.component_ids):
                    self._touched[slug] = change[-1].time_ms // 1_000
        for slug in before.pages.keys() - after.pages.keys():
            self._seen.pop(slug, None)
            self._touched.pop(slug, None)
            for key in [key for key in self._documents if key[0] == slug]:
                del self._documents[key]

    def _address(self, slug: str) -> str:
        return self._board().pages[slug].address(self._public_url) + "/"

    def language(self, slug: str | None, host: str) -> Language:
        """That of the page of this name, or else of the one that `host` chooses."""
        pages = self._board().pages
        page = pages.get(slug or "") or pages[self._board().slug_of(host)]
        return page.language

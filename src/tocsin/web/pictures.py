"""What each status page shows now: composed once a change, rendered once a change and minute."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tocsin.model.board import Board
from tocsin.model.clock import Clock
from tocsin.web.compose import compose
from tocsin.web.page import page_html, picture
from tocsin.web.view import PageView


class Seen(NamedTuple):
    """A page's view, and the board it was composed from."""

    board: Board
    view: PageView
    name: str


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered page. `packed` is its gzip form; `etag` holds for this picture at this minute."""

    name: str
    minute: int
    etag: str
    body: bytes
    packed: bytes


class Pictures:
    """Lives on the event loop. `board` gives the board of now; `public_url` has no final slash."""

    def __init__(self, board: Callable[[], Board], clock: Clock, public_url: str) -> None:
        self._board = board
        self._clock = clock
        self._public_url = public_url
        self._seen: dict[str, Seen] = {}
        self._documents: dict[str, Document] = {}
        self._touched: dict[str, int] = {}

    @property
    def now(self) -> int:
        """The time that pages are rendered for, in Unix seconds."""
        return self._clock.now_ms() // 1_000

    def seen(self, slug: str) -> Seen:
        """What the page `slug`, which the board has, shows now."""
        board = self._board()
        last = self._seen.get(slug)
        if last is None or last.board is not board:
            view = compose(board, slug, self._touched.get(slug, 0))
            name = last.name if last and last.view == view else picture(view)
            last = self._seen[slug] = Seen(board, view, name)
        return last

    def document(self, slug: str) -> Document:
        """The page `slug`, which the board has, as HTML of this minute."""
        now, seen = self.now, self.seen(slug)
        held = self._documents.get(slug)
        if held is None or held.name != seen.name or held.minute != now // 60:
            body = page_html(seen.view, now, self._address(slug)).encode()
            held = self._documents[slug] = Document(
                name=seen.name,
                minute=now // 60,
                etag=f'W/"{seen.name}-{now // 60}"',
                body=body,
                packed=gzip.compress(body, compresslevel=6, mtime=0),
            )
        return held

    def follow(self, before: Board, after: Board, at: int) -> None:
        """Note which pages changed at `at` (Unix seconds) though the board keeps no trace of it:
        those of an issue that went. Forget the pages that went."""
        for issue_id in before.issues.keys() - after.issues.keys():
            about = before.issues[issue_id].component_ids
            for slug, page in after.pages.items():
                if not set(about).isdisjoint(page.component_ids):
                    self._touched[slug] = at
        for slug in before.pages.keys() - after.pages.keys():
            for kept in (self._seen, self._documents, self._touched):
                kept.pop(slug, None)

    def _address(self, slug: str) -> str:
        page = self._board().pages[slug]
        return page.address(self._public_url) + ("/" if page.hosts else "")

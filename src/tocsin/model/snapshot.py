"""A board as bytes, kept beside the log so that the past need not be folded from its start."""

import zlib

import msgspec

from tocsin.model.board import Board
from tocsin.model.component import Component
from tocsin.model.issue import Issue
from tocsin.model.page import Page
from tocsin.model.status import Period


class _Written(msgspec.Struct, frozen=True):
    """A board's fields, with every type spelt out for the decoder."""

    pages: dict[str, Page]
    components: dict[str, Component]
    periods: dict[str, tuple[Period, ...]]
    issues: dict[str, Issue]


_decoder = msgspec.json.Decoder(_Written)


def encode(board: Board) -> bytes:
    """The board, compressed; `decode` gives an equal one."""
    return zlib.compress(msgspec.json.encode(board))


def decode(data: bytes) -> Board:
    """The board that `encode` was given."""
    written = _decoder.decode(zlib.decompress(data))
    return Board(written.pages, written.components, written.periods, written.issues)

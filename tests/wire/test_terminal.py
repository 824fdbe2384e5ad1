"""Output meant for a terminal, as lines for everybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.wire.terminal import LONGEST, Lines, plain


def lines(*pieces: bytes) -> list[str]:
    parser = Lines()
    return [line for piece in pieces for line in parser.feed(piece)] + parser.end()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"", []),
        (b"one\ntwo\n", ["one", "two"]),
        (b"one\n\nno end", ["one", "", "no end"]),
        (b"DOS\r\nlines\r\n", ["DOS", "lines"]),
        (b" 10 %\r 90 %\rdone\n", ["done"]),
        (b"\x1b[1;31mred\x1b[0m and \x1b]0;title\x07plain\n", ["red and plain"]),
        (b"\x1b]8;;https://a.test\x1b\\link\x1b]8;;\x1b\\ \x1b(Bset\x1bM\n", ["link set"]),
        ("gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n\n".encode(), ["gr\u00fcn"]),
        (b"\xff\xc3", ["\ufffd\ufffd"]),
        (b"a\tb\x07\x00c\n", ["a\tbc"]),
        (b"cut \x1b[3", ["cut 3"]),
    ],
)
def test_lines_are_as_a_terminal_leaves_them(written: bytes, shown: list[str]) -> None:
    assert lines(written) == shown
    assert lines(*(bytes([each]) for each in written)) == shown


@given(st.binary(), st.integers(1, 7))
def test_pieces_make_no_difference(written: bytes, size: int) -> None:
    pieces = [written[at : at + size] for at in range(0, len(written), size)]
    assert lines(*pieces) == lines(written)


def test_a_line_without_an_end_is_cut_and_nothing_of_it_is_lost() -> None:
    text = "x" * (2 * LONGEST + 5)
    assert [len(line) for line in lines(text.encode())] == [LONGEST, LONGEST, 5]
    assert "".join(lines(text.encode() + b"\n")) == text
    parser = Lines()
    assert len(parser.feed(text.encode())) == 2


def test_text_of_others_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[2J\x1b]0;owned\x07b\x9b2Jc\r\x08\nd\te") == "ab2Jc\nd\te"

"""The format of event streams, written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.wire import sse
from tocsin.wire.sse import Message, Parser


def test_a_frame_has_its_id_its_event_and_its_data() -> None:
    assert sse.frame(b'{"a":1}', event="init_event", id="e-7") == (
        b'id: e-7\nevent: init_event\ndata: {"a":1}\n\n'
    )


def test_a_frame_needs_neither_id_nor_event() -> None:
    assert sse.frame(b"x") == b"data: x\n\n"


def test_each_line_of_the_data_is_a_data_line() -> None:
    assert sse.frame(b"a\nb\r\nc\rd") == b"data: a\ndata: b\ndata: c\ndata: d\n\n"


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
def test_an_id_or_event_that_would_break_its_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        sse.frame(b"", id=text)
    with pytest.raises(ValueError, match="not allowed"):
        sse.frame(b"", event=text)
    with pytest.raises(ValueError, match="not allowed"):
        sse.comment(text)


def test_a_comment_and_a_retry_give_no_message() -> None:
    parser = Parser()
    assert parser.feed(sse.comment() + sse.comment("still here") + sse.retry(1500)) == []
    assert parser.retry_ms == 1500


# The examples of WHATWG HTML, "Interpreting an event stream", and what its grammar makes of edges.
STREAMS = [
    (b"data: YHOO\ndata: +2\ndata: 10\n\n", [Message("message", "YHOO\n+2\n10", "")]),
    (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
        b"data:  third event\n\n",
        [
            Message("message", "first event", "1"),
            Message("message", "second event", ""),
            Message("message", " third event", ""),
        ],
    ),
    (b"data\n\ndata\ndata\n\ndata:", [Message("message", "", ""), Message("message", "\n", "")]),
    (b"data:test\n\ndata: test\n\n", [Message("message", "test", "")] * 2),
    (b"\xef\xbb\xbfdata: a\n\n", [Message("message", "a", "")]),
    (b"event: e\ndata: a\n\ndata: b\n\n", [Message("e", "a", ""), Message("message", "b", "")]),
    (
        b"id: 1\ndata: a\n\ndata: b\n\n",
        [Message("message", "a", "1"), Message("message", "b", "1")],
    ),
    (b"id: 1\n\ndata: a\n\n", [Message("message", "a", "1")]),
    (b"id: 1\0\ndata: a\n\n", [Message("message", "a", "")]),
    (b"data: a\r\rdata: b\r\n\r\ndata: c\n\r\n", [Message("message", x, "") for x in "abc"]),
    (b"data: \xff\n\n", [Message("message", "\ufffd", "")]),
    (b"nonsense: a\nretry: soon\nretry: \xc2\xb2\ndata: a\n\n", [Message("message", "a", "")]),
    (b"event: e\n\ndata: a\n\n", [Message("message", "a", "")]),
]


@pytest.mark.parametrize(("stream", "messages"), STREAMS)
def test_a_stream_is_read_whole(stream: bytes, messages: list[Message]) -> None:
    assert Parser().feed(stream) == messages


@pytest.mark.parametrize(("stream", "messages"), STREAMS)
def test_a_stream_is_read_byte_by_byte(stream: bytes, messages: list[Message]) -> None:
    parser = Parser()
    read = [m for i in range(len(stream)) for m in parser.feed(stream[i : i + 1])]
    assert read == messages


def test_an_id_counts_for_the_next_connection_once_its_block_is_over() -> None:
    parser = Parser()
    parser.feed(b"id: 1\n\nid: 2\ndata: a\n")
    assert parser.last_event_id == "1"
    parser.feed(b"\n")
    assert parser.last_event_id == "2"


def test_a_line_end_in_two_pieces_is_one_line_end() -> None:
    parser = Parser()
    assert parser.feed(b"data: a\r") == []
    assert parser.feed(b"") == []
    assert parser.feed(b"\n\r") == [Message("message", "a", "")]
    assert parser.feed(b"\ndata: b\n\n") == [Message("message", "b", "")]


_LINES = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


@given(
    st.lists(st.tuples(_LINES.filter(bool), st.lists(_LINES, min_size=1), _LINES), max_size=5),
    st.lists(st.integers(1, 40)),
)
def test_what_is_written_is_read_in_whatever_pieces_it_comes(
    events: list[tuple[str, list[str], str]], cuts: list[int]
) -> None:
    stream = b"".join(
        sse.frame("\n".join(lines).encode(), event=event, id=ident)
        for event, lines, ident in events
    )
    parser, read = Parser(), []
    for cut in cuts:
        read += parser.feed(stream[:cut])
        stream = stream[cut:]
    read += parser.feed(stream)
    assert read == [Message(event, "\n".join(lines), ident) for event, lines, ident in events]

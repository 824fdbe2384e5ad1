"""A client's frames, whole, in pieces and broken, to messages and answers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.protocol import CLIENT, Protocol

from tocsin.wire.websocket import MAX_MESSAGE, PING, Receiver, text


def said(opcode: Opcode, data: bytes, fin: bool = True) -> bytes:
    """A frame as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


def closed(code: int, reason: str = "") -> bytes:
    return said(Opcode.CLOSE, Close(code, reason).serialize())


def read(reply: bytes) -> list[Frame]:
    """What a client makes of our reply."""
    client = Protocol(CLIENT, max_size=None)
    client.receive_data(reply)
    return [frame for frame in client.events_received() if isinstance(frame, Frame)]


def code_in(reply: bytes) -> int:
    (frame,) = read(reply)
    return Close.parse(frame.data).code


def test_text_and_binary_messages_are_heard_alike() -> None:
    heard = Receiver().feed(said(Opcode.TEXT, "ü".encode()) + said(Opcode.BINARY, b"\xff"))
    assert heard == (["ü".encode(), b"\xff"], b"", False)


def test_a_message_of_the_greatest_size_is_heard() -> None:
    message = b"x" * MAX_MESSAGE
    assert Receiver().feed(said(Opcode.TEXT, message)).messages == [message]


def test_fragments_make_one_message_with_control_frames_among_them() -> None:
    receiver = Receiver()
    assert receiver.feed(said(Opcode.TEXT, b"\xc3", fin=False)).messages == []
    among = receiver.feed(said(Opcode.PING, b"?"))
    assert [(frame.opcode, frame.data) for frame in read(among.reply)] == [(Opcode.PONG, b"?")]
    assert not receiver.at_rest
    last = receiver.feed(said(Opcode.CONT, b"\xbc") + said(Opcode.TEXT, b"!"))
    assert last.messages == ["ü".encode(), b"!"]
    assert receiver.at_rest


def test_nothing_is_kept_for_fragments_that_bring_nothing() -> None:
    receiver = Receiver()
    receiver.feed(said(Opcode.TEXT, b"", fin=False) + said(Opcode.CONT, b"", fin=False) * 1000)
    assert receiver.feed(said(Opcode.CONT, b".")).messages == [b"."]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (said(Opcode.TEXT, b"x" * (MAX_MESSAGE + 1)), CloseCode.MESSAGE_TOO_BIG),
        (
            said(Opcode.BINARY, b"x" * MAX_MESSAGE, fin=False) + said(Opcode.CONT, b"x"),
            CloseCode.MESSAGE_TOO_BIG,
        ),
        (said(Opcode.TEXT, b"\xff"), CloseCode.INVALID_DATA),
        (
            said(Opcode.TEXT, b"\xc3", fin=False) + said(Opcode.CONT, b"("),
            CloseCode.INVALID_DATA,
        ),
        (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), CloseCode.PROTOCOL_ERROR),
        (said(Opcode.CONT, b"of nothing"), CloseCode.PROTOCOL_ERROR),
        (b"\xf1\x80\x00\x00\x00\x00", CloseCode.PROTOCOL_ERROR),
    ],
    # Named here: frames are masked at random, and parallel runs have to agree on the names.
    ids=[
        "too large",
        "fragments too large",
        "no text",
        "no text at its end",
        "unmasked",
        "goes on with nothing",
        "reserved bits",
    ],
)
def test_who_breaks_the_protocol_is_told_and_not_heard_any_more(frames: bytes, code: int) -> None:
    receiver = Receiver()
    heard = receiver.feed(frames + said(Opcode.TEXT, b"more"))
    assert heard.messages == []
    assert code_in(heard.reply) == code
    assert receiver.closing
    assert not receiver.closed
    assert receiver.feed(said(Opcode.TEXT, b"yet more")) == ([], b"", False)
    assert receiver.close(1001, "late") == b""


def test_what_came_before_the_mistake_is_heard() -> None:
    heard = Receiver().feed(said(Opcode.TEXT, b"good") + said(Opcode.TEXT, b"\xff"))
    assert heard.messages == [b"good"]


def test_a_client_that_closes_is_answered_alike_and_done_with() -> None:
    receiver = Receiver()
    heard = receiver.feed(said(Opcode.TEXT, b"last") + closed(1000, "bye"))
    assert heard.messages == [b"last"]
    assert code_in(heard.reply) == 1000
    assert receiver.closed


def test_invalid_text_of_a_client_that_closes_is_not_heard() -> None:
    heard = Receiver().feed(said(Opcode.TEXT, b"\xff") + closed(1000))
    assert heard.messages == []
    assert code_in(heard.reply) == 1000


def test_the_client_may_finish_what_it_says_when_we_close() -> None:
    receiver = Receiver()
    assert code_in(receiver.close(1001, "the server stops")) == 1001
    assert receiver.closing
    assert receiver.close(1008, "again") == b""
    assert receiver.feed(said(Opcode.TEXT, b"too late")) == ([b"too late"], b"", False)
    assert not receiver.closed
    assert receiver.feed(closed(1001)) == ([], b"", False)
    assert receiver.closed


def test_a_pong_is_noticed() -> None:
    receiver = Receiver()
    assert receiver.feed(said(Opcode.PONG, b"")) == ([], b"", True)
    assert receiver.feed(said(Opcode.TEXT, b"no pong")).ponged is False


def test_pings_and_texts_are_frames_that_a_client_reads() -> None:
    frames = read(PING + text(b"one") + text(b"x" * 70_000))
    assert [frame.opcode for frame in frames] == [Opcode.PING, Opcode.TEXT, Opcode.TEXT]
    assert [len(frame.data) for frame in frames] == [0, 3, 70_000]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_nothing_is_left_to_remember_between_whole_messages(size: int) -> None:
    frame = said(Opcode.BINARY, b"x" * size)
    receiver = Receiver()
    receiver.feed(frame * 2)
    assert receiver.at_rest
    for cut in (1, 2, 3, len(frame) - 1):
        receiver = Receiver()
        receiver.feed(frame + frame[:cut])
        assert not receiver.at_rest


MESSAGES = st.lists(st.binary(max_size=300), max_size=5)


@given(
    messages=MESSAGES, cuts=st.lists(st.integers(0, 2000), max_size=8), fragment=st.integers(1, 9)
)
def test_it_does_not_matter_in_which_pieces_messages_come(
    messages: list[bytes], cuts: list[int], fragment: int
) -> None:
    stream = b"".join(_in_fragments(message, fragment) for message in messages)
    ends = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    receiver = Receiver()
    heard = [receiver.feed(stream[start:end]).messages for start, end in pairwise(ends)]
    assert [message for part in heard for message in part] == messages


def test_byte_by_byte_is_as_good_as_at_once() -> None:
    stream = said(Opcode.TEXT, b"one") + said(Opcode.BINARY, b"x" * 130) + closed(1000)
    receiver = Receiver()
    heard = [receiver.feed(bytes([byte])).messages for byte in stream]
    assert [message for part in heard for message in part] == [b"one", b"x" * 130]
    assert receiver.closed


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_no_bytes_whatever_make_it_raise(pieces: list[bytes]) -> None:
    receiver = Receiver()
    for piece in pieces:
        receiver.feed(piece)


def _in_fragments(message: bytes, size: int) -> bytes:
    pieces = [message[at : at + size] for at in range(0, len(message), size)] or [b""]
    opcodes = [Opcode.BINARY] + [Opcode.CONT] * (len(pieces) - 1)
    ends = [False] * (len(pieces) - 1) + [True]
    return b"".join(map(said, opcodes, pieces, ends))

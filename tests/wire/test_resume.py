"""The verdict as a frame."""

import pytest

from tocsin.model.resume import Outcome, Verdict
from tocsin.wire import resume


@pytest.mark.parametrize(("missed", "written"), [(2, b"2"), (None, b"null")])
def test_the_frame_says_how_the_stream_goes_on(missed: int | None, written: bytes) -> None:
    frame = resume.frame(Verdict(Outcome.GAP, 3, missed, 4), "e1")
    assert b"event: tocsin.resume\n" in frame
    assert b"id: e1-3\n" in frame
    assert (
        b'data: {"verdict":"gap","position":"e1-3","first_available":"e1-4","missed":%b}\n'
        % written
    ) in frame
    assert frame.endswith(b"\n\n")

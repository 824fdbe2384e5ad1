"""Text for XML and iCalendar."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.wire.plain_text import plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Grüße, 世界 🚨\tand\n<more>", "Grüße, 世界 🚨\tand\n<more>"),
        ("a\x1b[31mb\x00", "a\ufffd[31mb\ufffd"),
        ("\ud800 \ufffe \x7f", "\ufffd \ufffd \ufffd"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    ],
)
def test_what_is_forbidden_is_replaced(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(st.characters()))
def test_any_text_can_stand_in_xml(text: str) -> None:
    element = ElementTree.Element("a")
    element.text = plain(text)
    assert (ElementTree.fromstring(ElementTree.tostring(element)).text or "") == plain(text)

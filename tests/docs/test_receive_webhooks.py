"""The guide to webhooks names every mistake that is recognised."""

import re
from pathlib import Path

from tocsin.wire.signature import Code

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "receive-webhooks.md"


def test_every_code_of_the_doctor_is_explained_and_nothing_else() -> None:
    _, _, text = GUIDE.read_text().partition("## When a signature does not match")
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    told = re.findall(r"`(\w+)`", " ".join(rows))
    also = re.findall(r"with `(no_match)`.* and `(no_event)`", text)
    assert sorted([*told, *also[0]]) == sorted(Code)

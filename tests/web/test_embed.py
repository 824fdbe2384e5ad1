"""The script for other sites, as text; tests/browser has it run."""

import json
import re
from typing import Any

import pytest
from tests.reports import ADDRESS, reported

from tocsin.model.page import Language
from tocsin.web import embed


def given(script: bytes) -> Any:
    """What the script is started with."""
    found = re.search(rb"\}\)\(document\.currentScript, (\{.*\})\);\n\Z", script)
    assert found
    return json.loads(found[1])


def test_it_knows_the_page_and_its_words() -> None:
    assert given(embed.script(reported(), None)) == {
        "name": "Acme status",
        "url": ADDRESS,
        "live": "live",
        "words": {
            "operational": "All systems operational",
            "degraded": "Degraded",
            "outage": "Outage",
        },
        "waiting": "Waiting for the status",
    }


def test_it_can_be_about_one_component() -> None:
    about = given(embed.script(reported(), "c2"))
    assert about["name"] == "Checkout"
    assert about["live"] == "live/c2"
    assert about["words"]["operational"] == "Operational"


def test_it_speaks_the_language_of_the_page() -> None:
    about = given(embed.script(reported(language=Language.GERMAN), None))
    assert about["words"]["outage"] == "Ausfall"


def test_it_is_small() -> None:
    assert len(embed.script(reported(name="A name of a usual length"), None)) < 5_000


@pytest.mark.parametrize("trace", [b"cookie", b"localStorage", b"sessionStorage", b"innerHTML"])
def test_it_keeps_nothing_and_writes_no_html(trace: bytes) -> None:
    assert trace not in embed.script(reported(), None)

"""The script that shows a page's state on other sites, and follows it live."""

from importlib.resources import files

import msgspec

from tocsin.model.component import State
from tocsin.model.report import Report
from tocsin.web import wording
from tocsin.web.view import Shown
from tocsin.web.words import WORDS

MEDIA_TYPE = "text/javascript; charset=utf-8"

_SCRIPT = (files("tocsin.web") / "templates" / "embed.js").read_bytes()


def script(report: Report, component_id: str | None) -> bytes:
    """The script for the page, or for one component that stands on it. It knows what to call things
    and where they are, but no state, so that a copy of it is good for long."""
    words = WORDS[report.page.language]
    named = {component.id: component.name for component in report.picture.components}
    states = {state: wording.state(words, Shown(state)) for state in State}
    if component_id is None:
        states[State.OPERATIONAL] = words.answer.operational
    given = {
        "name": wording.title(words, report.page.name)
        if component_id is None
        else named[component_id],
        "url": report.address,
        "live": "live" if component_id is None else f"live/{component_id}",
        "words": states,
        "waiting": words.embed.waiting,
    }
    return (
        b"("
        + _SCRIPT.strip()
        + b")(document.currentScript, "
        + msgspec.json.encode(given)
        + b");\n"
    )

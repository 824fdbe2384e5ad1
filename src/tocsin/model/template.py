"""The issue template: what is said again and again, written once in calm hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.model.component import State
from tocsin.model.errors import invalid
from tocsin.model.issue import IssueLabel

_FILLED: Final = ("title", "body", "body_html", "label", "state_override", "component_ids")
_NEEDED: Final = ("title", "component_ids")


@dataclass(frozen=True)
class Template:
    """A template, known to people by its `name`; the rest is what an issue made from it says."""

    id: str
    name: str
    title: str
    body: str
    body_html: str
    label: IssueLabel | None
    state_override: State | None
    component_ids: tuple[str, ...]
    created_at: int


def fill(template: Template | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an issue: those given, and the template's where none is.

    Refused (invalid) when that leaves the issue without title or components.
    """
    filled = {} if template is None else {name: getattr(template, name) for name in _FILLED}
    fields = {"body": "", "body_html": "", **filled, **given}
    for name in _NEEDED:
        if not fields.get(name):
            raise invalid(name, "has to be given, by the issue or its template")
    return fields

"""What the events about pages, components, issues and their templates carry, as JSON."""

from functools import lru_cache
from typing import Any

import msgspec

from tocsin.model.component import Component, State
from tocsin.model.issue import Issue, IssueEvent, Update
from tocsin.model.page import Page
from tocsin.model.template import Template


class PageData(msgspec.Struct, frozen=True):
    """The data of `tocsin.page.*`; `rotated`: the bypass token was replaced."""

    page: Page
    rotated: bool = False


class ComponentData(msgspec.Struct, frozen=True):
    """The data of `tocsin.component.*`; `began_at` and `time_down` in `status` alone."""

    component: Component
    began_at: int | None = None
    time_down: int | None = None


class IssueData(msgspec.Struct, frozen=True):
    """The data of `tocsin.issue.*`. `issue` is without its updates; `update` is the one that was
    made; all `updates` come in `reopened` alone, for those who forgot the issue once resolved."""

    issue: Issue
    update: Update | None = None
    updates: tuple[Update, ...] | None = None


def of_page(page: Page, *, rotated: bool = False) -> bytes:
    """The data of an event about a page."""
    return msgspec.json.encode({"page": page} | ({"rotated": True} if rotated else {}))


def of_component(component: Component, pages: tuple[str, ...]) -> bytes:
    """The data of an event about a component that stands on `pages` (slugs)."""
    return msgspec.json.encode({"component": {**vars(component), "pages": pages}})


def of_status(
    component: Component,
    pages: tuple[str, ...],
    previous: State,
    began_at: int,
    time_down: int | None,
) -> bytes:
    """The data of `tocsin.component.status`: since `began_at` the component is in its state, before
    it was in `previous`; `time_down` are the seconds it was not operational, when it is again."""
    return msgspec.json.encode(
        {
            "component": {**vars(component), "pages": pages},
            "state": component.state,
            "previous": previous,
            "began_at": began_at,
            "time_down": time_down,
        }
    )


def of_issue(event: IssueEvent, issue: Issue, update: Update | None = None) -> bytes:
    """The data of an event about an issue, with the update that was made if any."""
    fields = vars(issue).copy()
    updates = fields.pop("updates")
    data: dict[str, Any] = {"issue": fields, "update": update}
    if event is IssueEvent.REOPENED:
        data["updates"] = updates
    return msgspec.json.encode(data)


def of_template(template: Template) -> bytes:
    """The data of an event about an issue template."""
    return msgspec.json.encode({"template": template})


_decode_page = msgspec.json.Decoder(PageData).decode
_decode_component = msgspec.json.Decoder(ComponentData).decode
_decode_issue = msgspec.json.Decoder(IssueData).decode


def read_page(data: bytes) -> Page:
    """The page that an event about a page carries."""
    return _decode_page(data).page


def has_rotated(data: bytes) -> bool:
    """Whether an event about a page tells that its bypass token was replaced."""
    return _decode_page(data).rotated


# Every feed that a change concerns asks for the same few events again.
@lru_cache(maxsize=16)
def read_component(data: bytes) -> ComponentData:
    """What an event about a component carries."""
    return _decode_component(data)


@lru_cache(maxsize=16)
def read_issue(data: bytes) -> IssueData:
    """What an event about an issue carries."""
    return _decode_issue(data)

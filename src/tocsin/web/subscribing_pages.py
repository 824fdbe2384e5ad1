"""The pages for subscribers, as HTML: plain forms that need no script."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.model.board import Board
from tocsin.model.page import Language, Page
from tocsin.model.subscriber import Choice, Medium
from tocsin.web import assets
from tocsin.web.subscribing_words import SUBSCRIBING_WORDS, SubscribingWords
from tocsin.wire import visitor_hook


class Option(NamedTuple):
    """A component that can be chosen."""

    id: str
    name: str


class OptionGroup(NamedTuple):
    """Components under one name; None for those that stand by themselves."""

    name: str | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Shell:
    """What all pages have around them. `home` is the address of the status page, None without
    one; `accent` the colour of its links and buttons, None for Tocsin's own."""

    language: Language
    name: str = ""
    home: str | None = None
    accent: str | None = None

    @property
    def words(self) -> SubscribingWords:
        """The words in its language."""
        return SUBSCRIBING_WORDS[self.language]


@dataclass(frozen=True, slots=True)
class Draft:
    """The form that asks for a subscription, as far as it is filled in. `errors` are by field."""

    action: str
    media: frozenset[Medium]
    groups: tuple[OptionGroup, ...]
    email: str = ""
    url: str = ""
    choice: Choice = None
    errors: Mapping[str, str] = field(default_factory=dict)

    def error(self, name: str) -> str | None:
        """What is wrong with the field of that name; `other`: with all of it."""
        return self.errors.get(name)


@dataclass(frozen=True, slots=True)
class Challenge:
    """The opt-in of a webhook: the form that has the challenge sent posts to `action`, `address` is
    where it can be found again, and `failure` why the last challenge came to nothing."""

    target: str
    secret: str
    action: str
    address: str
    failure: str | None


def shell(page: Page, home: str) -> Shell:
    """What surrounds the pages about subscriptions to `page`, which is at `home`."""
    return Shell(page.language, page.name, home, page.accent)


def groups(board: Board, slug: str) -> tuple[OptionGroup, ...]:
    """The components of a page of the board, as they stand there."""
    page = board.pages[slug]
    listed = (
        OptionGroup(
            group.name,
            tuple(
                Option(one, board.components[one].name)
                for one in group.component_ids
                if one in board.components
            ),
        )
        for group in page.groups
    )
    return tuple(group for group in listed if group.options)


def ask(around: Shell, draft: Draft) -> str:
    """The form that asks for a subscription."""
    return _render("subscribe.html", around, draft=draft)


def message(around: Shell, title: str, detail: str, **more: Any) -> str:
    """A page that says one thing. `more` may be a `button` that posts to `action` (by default to
    the page itself), and a `link` to `href`."""
    shown = {"button": None, "action": "", "link": None, "href": ""} | more
    return _render("subscribing.html", around, title=title, detail=detail, **shown)


def webhook(around: Shell, challenge: Challenge) -> str:
    """The opt-in of a webhook."""
    return _render(
        "subscribe_webhook.html", around, draft=challenge, challenge=visitor_hook.CHALLENGE
    )


def manage(
    around: Shell, target: str, draft: Draft, *, saved: bool = False, may_see: bool = True
) -> str:
    """A subscription, to be changed or ended."""
    return _render(
        "subscription.html", around, target=target, draft=draft, saved=saved, may_see=may_see
    )


def _render(template: str, around: Shell, **shown: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(around=around, words=around.words, **shown)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tocsin.web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"asset": assets.address, "accent": assets.accent_address}
    return environment


_ENVIRONMENT = _environment()

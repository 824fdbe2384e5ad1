"""The words of the pages for subscribers, in every language: as with those of the status page, one
that is missing or unknown stops the program before a reader sees it."""

from importlib.resources import files

import msgspec

from tocsin.model.page import Language

# What it is, and what to do.
Refusal = tuple[str, str]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the table: every word is there, and no other."""


class Ask(_Table, frozen=True):
    """The form that asks for a subscription."""

    title: str
    about: str
    email: str
    address: str
    email_off: str
    webhook: str
    url: str
    webhook_off: str
    which: str
    all: str
    some: str
    send: str
    next: str


class Message(_Table, frozen=True):
    """A page that says one thing."""

    title: str
    detail: str


class Question(_Table, frozen=True):
    """A page that asks one thing."""

    title: str
    detail: str
    button: str


class Confirmed(_Table, frozen=True):
    """The opt-in is confirmed."""

    title: str
    detail: str
    manage: str


class Webhook(_Table, frozen=True):
    """The opt-in of a webhook."""

    title: str
    secret: str
    challenge: str
    later: str
    button: str
    nothing: str
    refused: str
    wrong: str


class Manage(_Table, frozen=True):
    """A subscription."""

    title: str
    detail: str
    saved: str
    save: str
    stop: str
    private: str


class Refused(_Table, frozen=True):
    """What is said in place of a page; below `email`, beside a field of the form."""

    not_found: Refusal
    no_page: Refusal
    unauthorized: Refusal
    forbidden: Refusal
    method_not_allowed: Refusal
    too_large: Refusal
    too_many_requests: Refusal
    medium_off: Refusal
    unavailable: Refusal
    email: str
    url: str
    component_ids: str
    other: str


class SubscribingWords(_Table, frozen=True):
    """All of one language."""

    back: str
    ask: Ask
    sent: Message
    confirm: Question
    confirmed: Confirmed
    webhook: Webhook
    manage: Manage
    stop: Question
    stopped: Message
    refused: Refused


def _load(language: Language) -> SubscribingWords:
    table = (files("tocsin.web") / "words" / f"subscribing.{language}.json").read_bytes()
    return msgspec.json.decode(table, type=SubscribingWords)


SUBSCRIBING_WORDS = {language: _load(language) for language in Language}

"""Those who are told by e-mail or webhook what happens on a page: who they are, what they chose."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from tocsin.model.errors import invalid
from tocsin.model.host_label import HOST_LABEL

EMAIL_LIMIT = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets

# How long an opt-in can be confirmed, in seconds.
CONFIRMED_WITHIN = 24 * 60 * 60
# A subscriber that could not be told anything for this long is forgotten, in seconds.
LOST_AFTER = 5 * 24 * 60 * 60

# RFC 5321's dot-string, and a host name of two labels or more. No quoted local parts: nobody has
# one, and they may hold everything that separates addresses.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"(?=.{{1,64}}\Z){_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{HOST_LABEL}\.)+(?!\d+\Z){HOST_LABEL}")

# The components that somebody wants to hear of; None for all of the page, also those to come.
Choice = frozenset[str] | None


class Medium(StrEnum):
    """How a subscriber is told."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Subscriber:
    """Somebody who is told what happens on a page, by `medium` at `target`.

    `token` opens the subscription to whoever has it; `secret` signs what a webhook is sent.
    `bypass_token` is that of the page, if it was private when this was asked for, else empty: while
    it is private, only those are told who have its present one. `failing_since`: nothing has got
    through since.
    """

    id: str
    page_id: str
    medium: Medium
    target: str
    choice: Choice
    token: str
    secret: str | None
    bypass_token: str
    created_at: int
    failing_since: int | None = None


@dataclass(frozen=True)
class OptIn:
    """A subscription that was asked for, to be confirmed by whoever reads the mail or answers the
    URL. `subscriber_id` is what came of it; `tries` counts the challenges sent."""

    id: str
    page_id: str
    medium: Medium
    target: str
    choice: Choice
    token: str
    secret: str | None
    bypass_token: str
    created_at: int
    tries: int = 0
    subscriber_id: str | None = None


def read_email(text: str) -> str:
    """The e-mail address in the form in which it is kept: lower case, its domain in ASCII.

    Refuses (`invalid`) what is none. That mail arrives there is for the opt-in to show.
    """
    local, _, domain = text.strip().rpartition("@")
    domain = _ascii(domain).lower()
    address = f"{local.lower()}@{domain}"
    if (
        len(address) > EMAIL_LIMIT
        or not _LOCAL.fullmatch(local)
        or len(domain) > 253
        or not _DOMAIN.fullmatch(domain)
    ):
        raise invalid("email", "must be an e-mail address, as you@example.org")
    return address


def limited_by(medium: Medium, target: str) -> str:
    """What requests are counted by: the mailbox, without the tag that many providers ignore, or the
    host of the URL."""
    if medium is Medium.EMAIL:
        local, _, domain = target.rpartition("@")
        return f"{local.partition('+')[0]}@{domain}"
    return urlsplit(target).hostname or target


def is_lost(failing_since: int | None, now: int) -> bool:
    """Whether one that failed again for good is to be forgotten. Two in a row are not enough: that
    may be one bad hour."""
    return failing_since is not None and now - failing_since >= LOST_AFTER


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    # Imported here: its tables cost memory, and few addresses need them.
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return ""

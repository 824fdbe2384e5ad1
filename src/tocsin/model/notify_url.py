"""Where people want to be told of incidents: URLs as Apprise has them (`slack://...`)."""

import re
from typing import Final

from tocsin.model.errors import Refused, invalid
from tocsin.model.notify_scheme import MAIL
from tocsin.model.subscriber import read_email

URLS_LIMIT: Final = 10
URL_LIMIT: Final = 1_024

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+", re.ASCII)

_OPTIONS = re.compile("[/?&=]")


def check(urls: tuple[str, ...], path: str = "notify") -> None:
    """Refuse (`invalid`, under `path`) too many, repeated ones, and what is no URL."""
    if len(urls) > URLS_LIMIT or len(set(urls)) < len(urls):
        raise invalid(path, f"must be at most {URLS_LIMIT} different ones")
    for at, url in enumerate(urls):
        if len(url) > URL_LIMIT or not _URL.fullmatch(url):
            raise invalid(f"{path}.{at}", f"must be a URL of at most {URL_LIMIT} characters")
        if scheme(url) in MAIL:
            _check_mail(url, f"{path}.{at}")


def mailbox(url: str) -> str:
    """The address that a URL for mail is of."""
    return read_email(url.partition("://")[2])


def scheme(url: str) -> str:
    """What comes before `://`, in lower case: the service that tells people."""
    return url.partition("://")[0].lower()


def veiled(url: str) -> str:
    """The URL for those who may not see the secrets that are in it."""
    return f"{scheme(url)}://..."


def _check_mail(url: str, path: str) -> None:
    """Mail goes through the operator's server, so that its URL says an address and nothing else:
    none of what Apprise makes of a path or query, though a local part might have it."""
    try:
        address = mailbox(url)
    except Refused:
        address = "?"
    if _OPTIONS.search(address):
        raise invalid(path, "must be like mailto://you@example.org")

"""How somebody wants to be told of incidents: where, of which, and when not."""

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from tocsin.model import notify_url
from tocsin.model.errors import invalid
from tocsin.model.severity import Severity
from tocsin.model.silence import Weekly

# Windows one after the other leave no minute of a week after so many.
_WINDOWS: Final = 8


@dataclass(frozen=True)
class Quiet:
    """Hours in which nothing is told, by the clocks of `timezone`."""

    window: Weekly
    timezone: str = "UTC"


@dataclass(frozen=True)
class Contact:
    """A URL as Apprise has them. It is for incidents of these severities alone, for all if there
    are none; what happens in the quiet hours waits for their end."""

    url: str
    severities: tuple[Severity, ...] = ()
    quiet: Quiet | None = None


Contacts = tuple[Contact, ...]


def check(contacts: Contacts, path: str = "notify") -> None:
    """Refuse (`invalid`, under `path`) URLs that are none, too many or repeated, severities that
    are, and windows that make no sense."""
    notify_url.check(tuple(one.url for one in contacts), path)
    for at, one in enumerate(contacts):
        if len(set(one.severities)) < len(one.severities):
            raise invalid(f"{path}.{at}.severities", "must be different ones")
        if one.quiet is not None:
            one.quiet.window.check(f"{path}.{at}.quiet")


def veiled(contact: Contact) -> Contact:
    """The contact for those who may not see the secrets in its URL."""
    return replace(contact, url=notify_url.veiled(contact.url))


def due_at(contact: Contact, severity: Severity, now: int, zone: tzinfo) -> int | None:
    """When somebody is told here of an incident of that severity (Unix seconds); None: never.
    `zone` is that of the quiet hours."""
    if contact.severities and severity not in contact.severities:
        return None
    if contact.quiet is None:
        return now
    window, at = contact.quiet.window, now
    for _ in range(_WINDOWS):
        if not window.covers(at, zone):
            return at
        at = window.ends(at, zone)
    return None

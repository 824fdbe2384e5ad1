"""The moment at which somebody wants to see a page."""

import re

from tocsin.model import rfc3339
from tocsin.model.errors import invalid

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)

# In a query that nobody escaped, the + of a zone arrives as a space.
_UNESCAPED_ZONE = re.compile(r" (?=[0-9]{2}:[0-9]{2}$)", re.ASCII)


def parse_at(text: str, now: int) -> int:
    """What `at` says, as Unix seconds: these, or an RFC 3339 time with its zone. Refuses
    (`invalid`, field `at`) anything else, and what is later than `now`."""
    at = int(text) if _SECONDS.fullmatch(text) else _seconds(text)
    if at is None:
        raise invalid("at", "must be Unix seconds or an RFC 3339 time with its zone")
    if at > now:
        raise invalid("at", "must not be in the future")
    return at


def _seconds(text: str) -> int | None:
    time_ms = rfc3339.milliseconds(_UNESCAPED_ZONE.sub("+", text))
    return None if time_ms is None else time_ms // 1_000

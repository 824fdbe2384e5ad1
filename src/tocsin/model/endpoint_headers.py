"""The headers that the owner of an endpoint adds to every request to it."""

import re
from collections.abc import Mapping
from typing import Final

from tocsin.model.errors import invalid

HEADERS_LIMIT: Final = 20
NAME_LIMIT: Final = 255
VALUE_LIMIT: Final = 2_048

# Those that Tocsin sets itself, and those that are about the connection (RFC 9110, section 7.6.1).
_OURS: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)
_OUR_PREFIXES: Final = ("webhook-", "tocsin-")

# RFC 9110, section 5.6.2, and of section 5.5 what no proxy changes.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?", re.ASCII)


def check(headers: Mapping[str, str]) -> None:
    """Refuse (`invalid`) what cannot be sent, and what is Tocsin's to say."""
    if len(headers) > HEADERS_LIMIT:
        raise invalid("headers", f"must be at most {HEADERS_LIMIT}")
    if len({name.lower() for name in headers}) < len(headers):
        raise invalid("headers", "must not name one twice, in upper and lower case")
    for name, value in headers.items():
        _check_name(name)
        if len(value) > VALUE_LIMIT or not _VALUE.fullmatch(value):
            raise invalid(
                f"headers.{name}",
                f"must be at most {VALUE_LIMIT:,} visible ASCII characters, with spaces between",
            )


def _check_name(name: str) -> None:
    if len(name) > NAME_LIMIT or not _TOKEN.fullmatch(name):
        raise invalid("headers", f"must have names of 1 to {NAME_LIMIT} of RFC 9110's token")
    if name.lower() in _OURS or name.lower().startswith(_OUR_PREFIXES):
        raise invalid(f"headers.{name}", "is set by Tocsin itself")

"""The Origin of a WebSocket handshake (RFC 6455, 10.2; spec/notices.md)."""

from collections.abc import Collection

from tocsin.model.page import host_name

# What a browser sends for a page that has no origin of its own: a file, a sandboxed frame.
_OPAQUE = "null"


def is_welcome(origin: str | None, hosts: Collection[str], allowed: Collection[str]) -> bool:
    """Whether a connection may be opened from `origin`.

    A web page's has to be one of our `hosts` (names, in lower case, without port), or as it stands
    in `allowed`. Desktop clients send their own name, or nothing.
    """
    if origin is None:
        return True
    named = origin.lower()
    scheme, _, host = named.partition("://")
    if scheme not in ("http", "https") and named != _OPAQUE:
        return True
    return named in allowed or host_name(host) in hosts

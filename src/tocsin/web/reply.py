"""Answers to a browser: what every one of them forbids, and the form that the browser takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Scope, Send

Header = tuple[bytes, bytes]

HTML: Header = (b"content-type", b"text/html; charset=utf-8")

# Nothing from elsewhere, and nothing that was not written for this page: an image or a script that
# got through an issue's Markdown tells nobody who reads it.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
_ALWAYS: tuple[Header, ...] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"vary", b"accept-encoding"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `packed` is the body's gzip form, for those who take it."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    packed: bytes | None = None

    async def send(self, scope: Scope, headers: Mapping[str, str], send: Send) -> None:
        """Answer the request of `scope`, whose headers are `headers`; a HEAD without the body."""
        body, head = self.body, [*_ALWAYS, *self.headers]
        if self.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            body = self.packed
            head.append((b"content-encoding", b"gzip"))
        if self.status not in (204, 304):  # which have no length (RFC 9110, section 8.6)
            head.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        sent = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": sent})

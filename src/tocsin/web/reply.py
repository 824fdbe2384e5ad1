"""Answers to a browser: what every one of them forbids, and the form that the browser takes."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from tocsin.push.dispatch import Scope, Send
from tocsin.web.page import SCHEME_SCRIPT

Header = tuple[bytes, bytes]

HTML: Header = (b"content-type", b"text/html; charset=utf-8")

_SCRIPT_DIGEST = base64.b64encode(sha256(SCHEME_SCRIPT.encode()).digest()).decode()

# Nothing from elsewhere, and nothing that was not written for this page: an image or a script that
# got through an issue's Markdown tells nobody who reads it.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' 'sha256-{_SCRIPT_DIGEST}'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
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
        head.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": self.status, "headers": head})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

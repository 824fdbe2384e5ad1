"""Letters as e-mail messages (RFC 5322), with one-click unsubscription (RFC 2369, RFC 8058)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from urllib.parse import urlsplit

from tocsin.wire.letter import Letter


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that is never folded: the standard library would write a long word, such as a URL,
    as encoded words, which are not what these headers may hold."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> Policy:
    registry = HeaderRegistry()
    for name in ("list-unsubscribe", "references", "message-id"):
        registry.map_to_type(name, _Verbatim)
    return SMTP.clone(header_factory=registry)


_POLICY = _policy()


@dataclass(frozen=True)
class Envelope:
    """What goes on the outside. `id` is the same on every try; `stop` is the link that ends the
    subscription when it is posted to, None for a letter to somebody who has none."""

    id: str
    sender: str
    recipient: str
    page: str
    at_ms: int
    stop: str | None = None


def message(letter: Letter, envelope: Envelope) -> bytes:
    """The message, in seven-bit ASCII with CRLF, ready for any server."""
    made = EmailMessage(policy=_POLICY)
    domain = urlsplit(envelope.page).hostname or "localhost"
    made["From"] = envelope.sender
    made["To"] = envelope.recipient
    made["Subject"] = letter.subject
    made["Date"] = datetime.fromtimestamp(envelope.at_ms // 1_000, UTC)
    made["Message-ID"] = f"<{envelope.id}@{domain}>"
    if letter.thread:
        made["References"] = f"<{letter.thread}@{domain}>"
    if envelope.stop:
        made["List-Unsubscribe"] = f"<{envelope.stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(letter.text, cte="quoted-printable")
    if letter.html:
        made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return made.as_bytes()

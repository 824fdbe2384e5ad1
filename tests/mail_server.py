"""A real mail server on a port of its own, as agreeable as the test wants it."""

import asyncio
import email
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailBox:
    """What arrived, and what the server answers: `answers` by recipient or step (MAIL, DATA)."""

    port: int = 0
    letters: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    password: bytes | None = None
    connections: int = 0
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, number: int, within: float = 20) -> list[EmailMessage]:
        """The letters that arrived, once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.letters) >= number, within), (
                f"{len(self.letters)} letters instead of {number}"
            )
            return [read(letter) for letter in self.letters]

    # What aiosmtpd calls

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        """A client greets."""
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A letter begins."""
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A letter is for somebody."""
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """A letter is there."""
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("2"):
            with self._arrived:
                self.letters.append(envelope)
                self._arrived.notify_all()
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        """A client says who it is."""
        right = isinstance(given, LoginPassword) and given.password == self.password
        return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(tls: SSLContext | None = None, password: str | None = None) -> Iterator[MailBox]:
    """A server on loopback; with `tls` it requires STARTTLS, with `password` that too."""
    box = MailBox(password=password.encode() if password else None)
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if password:
        options |= {"authenticator": box.authenticate, "auth_required": True}
    controller = _Controller(box, hostname="127.0.0.1", port=0, **options)
    controller.start()
    box.port = controller.bound_port
    try:
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    """aiosmtpd's, which tries its server out at the port that it was given; ours is known later."""

    @property
    def bound_port(self) -> int:
        """Where it listens."""
        assert isinstance(self.server, asyncio.Server)
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def _trigger_server(self) -> None:
        self.port = self.bound_port
        trigger: Callable[[], None] = super()._trigger_server
        trigger()


def read(letter: Envelope) -> EmailMessage:
    """A letter as a mail reader sees it."""
    content = letter.content
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text(message: EmailMessage) -> str:
    """The plain text of a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content


def link(message: EmailMessage, containing: str) -> str:
    """The path of the first link in the text that contains this."""
    found = [url for url in re.findall(r"https?://\S+", text(message)) if containing in url]
    first: str = found[0]
    return "/" + first.split("/", 3)[3]

"""Handing letters to the operator's mail server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING

from tocsin.model.trying import Result, Tried

if TYPE_CHECKING:  # aiosmtplib costs a start 85 ms, and few services ever send anything
    from aiosmtplib import SMTP

# Connections to the mail server.
_CONNECTIONS = 4
# How long one letter may take, connecting included, in seconds.
_WITHIN_S = 60
_FAREWELL_S = 5


class Security(StrEnum):
    """How the connection to the mail server is kept private."""

    STARTTLS = "starttls"  # required: a server that does not offer it is not talked to
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class MailServer:
    """The server that takes our mail; without a `user` it asks for none. `sender` is what stands in
    From, such as `Acme status <status@example.org>`."""

    host: str
    port: int
    security: Security
    user: str
    password: str = field(repr=False)
    sender: str


class Smtp:
    """Hands letters over, on connections that are kept open while there are more. Lives on the
    loop."""

    def __init__(self, server: MailServer) -> None:
        self.sender = server.sender
        self._server = server
        self._idle: list[SMTP] = []
        self._free = asyncio.Semaphore(_CONNECTIONS)

    async def send(self, recipient: str, message: bytes) -> Tried:
        """Hand one letter to the mail server."""
        sender = parseaddr(self.sender)[1]
        async with self._free:
            try:
                async with asyncio.timeout(_WITHIN_S), self._connection() as connection:
                    await connection.sendmail(sender, [recipient], message)
            except Exception as failure:
                return _tried(failure)
        return Tried(Result.DELIVERED)

    async def rest(self) -> None:
        """Close the connections: there is nothing more to send for now."""
        idle, self._idle = self._idle, []
        for connection in idle:
            with suppress(Exception):
                async with asyncio.timeout(_FAREWELL_S):
                    await connection.quit()
            connection.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["SMTP"]:
        """One that is open; it is kept only when what was done with it left it in order."""
        from aiosmtplib import SMTPDataError, SMTPRecipientsRefused

        connection = await self._take()
        try:
            yield connection
        except (SMTPRecipientsRefused, SMTPDataError):
            self._put_back(connection)
            raise
        except BaseException:
            connection.close()
            raise
        self._put_back(connection)

    async def _take(self) -> "SMTP":
        from aiosmtplib import SMTP

        while self._idle:
            connection = self._idle.pop()
            if connection.is_connected:
                return connection
        server = self._server
        connection = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            username=server.user or None,
            password=server.password or None,
            timeout=_WITHIN_S,
        )
        await connection.connect()
        return connection

    def _put_back(self, connection: "SMTP") -> None:
        if connection.is_connected:
            self._idle.append(connection)


def _tried(failure: Exception) -> Tried:
    """What a failure means for the letter. Only a refusal of this very recipient or letter is for
    good: of the sender, of us or of everything, the operator can mend."""
    from aiosmtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

    match failure:
        case SMTPRecipientsRefused(recipients=[refused, *_]):
            return _of_code(refused.code, "the recipient")
        case SMTPDataError():
            return _of_code(failure.code, "the letter")
        case TimeoutError():
            return Tried(Result.FAILED, "the mail server did not answer in time")
        case SMTPException() | OSError():
            return Tried(Result.FAILED, f"the mail server: {failure}")
        case _:
            raise failure


def _of_code(code: int, what: str) -> Tried:
    result = Result.REFUSED if 500 <= code < 600 else Result.FAILED
    return Tried(result, f"the mail server refused {what} with {code}")

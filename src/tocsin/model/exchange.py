"""One request to an endpoint and what came back: what the API calls an attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# How much of an answer is read, and how much of that is kept, in bytes.
READ_LIMIT: Final = 64 * 1024
KEPT_LIMIT: Final = 4 * 1024


class Fault(StrEnum):
    """Why there was no answer (spec: webhooks, "Delivery")."""

    TIMEOUT = "timeout"
    REFUSED_ADDRESS = "refused_address"
    DNS = "dns"
    TLS = "tls"
    CONNECT = "connect"
    EOF = "eof"


@dataclass(frozen=True)
class Request:
    """A request as it was sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Response:
    """What was answered: the headers by their names in small letters, of the body the beginning."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Exchange:
    """One request and its outcome: a response, or a fault, or both when the response broke off.

    `started_at_ms` is Unix milliseconds; `duration_ms` counts to the last byte that was read.
    """

    started_at_ms: int
    duration_ms: int
    request: Request
    response: Response | None = None
    fault: Fault | None = None

    @property
    def ended_ms(self) -> int:
        """When it was over (Unix milliseconds)."""
        return self.started_at_ms + self.duration_ms

    @property
    def outcome(self) -> str:
        """How it went, in a word: the fault, or the class of the status, as in `2xx`."""
        if self.fault is not None or self.response is None:
            return str(self.fault)
        return f"{self.response.status // 100}xx"

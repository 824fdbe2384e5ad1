"""HTTP requests to addresses that strangers gave: none of them leads into our own network.

Every address is checked right before a socket is made for it, names and literals alike, so that
nothing can change between the check and its use. A name is refused as a whole when any of its
addresses is, lest it lead elsewhere at the next try.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

import tocsin
from tocsin.model.reach import Network, may_call

if TYPE_CHECKING:  # aiohttp costs a start 190 ms, and few services ever send anything
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.abc import AbstractResolver

USER_AGENT = f"Tocsin/{tocsin.__version__}"


class RefusedAddress(OSError):  # noqa: N818 - a refusal of ours
    """The target is at an address that must not be called."""


class Unanswered(Exception):  # noqa: N818 - the peer's failure, which is an outcome here
    """The request got no answer. The text says why in one word: `timeout, refused_address, dns,
    tls, connect, eof`."""


class Answer(NamedTuple):
    """What came back: the beginning of the body, and the header that asks for patience."""

    status: int
    body: bytes
    retry_after: str | None


class Outgoing:
    """Sends requests. Lives on the loop; `allowed` are networks that may be called all the same."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)
        self._session: ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, within_s: float, keep: int
    ) -> Answer:
        """POST, and what was answered within so many seconds, of the body at most `keep` bytes.

        Redirects are not followed. Raises `Unanswered`.
        """
        try:
            async with asyncio.timeout(within_s), self._opened(url, body, headers) as response:
                return Answer(
                    response.status,
                    await _beginning(response, keep),
                    response.headers.get("retry-after"),
                )
        except Exception as failure:
            raise Unanswered(_reason(failure)) from failure

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _opened(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator["ClientResponse"]:
        if self._session is None:
            self._session = _session(self._allowed)
        async with self._session.post(
            url, data=body, headers={**headers, "User-Agent": USER_AGENT}, allow_redirects=False
        ) as response:
            yield response


async def _beginning(response: "ClientResponse", keep: int) -> bytes:
    body = b""
    while len(body) < keep and (chunk := await response.content.read(keep - len(body))):
        body += chunk
    return body


def _session(allowed: Sequence[Network]) -> "ClientSession":
    import aiohttp

    def guarded(info: aiohttp.AddrInfoType) -> socket.socket:
        check(str(info[4][0]), allowed)
        return socket.socket(info[0], info[1], info[2])

    # No limit on connections: a receiver that never answers must not use up everybody's.
    connector = aiohttp.TCPConnector(
        limit=0, resolver=_resolver(allowed), socket_factory=guarded, enable_cleanup_closed=True
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None),
    )


def _resolver(allowed: Sequence[Network]) -> "AbstractResolver":
    from aiohttp.abc import AbstractResolver, ResolveResult
    from aiohttp.resolver import ThreadedResolver

    class Wary(ThreadedResolver, AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            found = await super().resolve(host, port, family)
            _check_all([one["host"] for one in found], allowed)
            return found

    return Wary()


def _check_all(addresses: Sequence[str], allowed: Sequence[Network]) -> None:
    for address in addresses:
        check(address, allowed)


def check(address: str, allowed: Sequence[Network]) -> None:
    """Raises `RefusedAddress` for an address that must not be called; ValueError for none."""
    if not may_call(ip_address(address.partition("%")[0]), allowed):
        raise RefusedAddress(f"{address} must not be called")


def _reason(failure: Exception) -> str:
    import aiohttp

    if _caused_by(failure, RefusedAddress):
        return "refused_address"
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (TimeoutError, "timeout"),
        (aiohttp.ClientConnectorDNSError, "dns"),
        (aiohttp.ClientSSLError, "tls"),
        (aiohttp.ClientConnectorError, "connect"),
        (aiohttp.InvalidURL, "refused_address"),
        (aiohttp.ClientError, "eof"),
        (OSError, "eof"),
    )
    for kind, reason in reasons:
        if isinstance(failure, kind):
            return reason
    raise failure


def _caused_by(failure: BaseException, kind: type[BaseException]) -> bool:
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, kind) or isinstance(getattr(seen, "os_error", None), kind):
            return True
        seen = seen.__cause__ or seen.__context__
    return False

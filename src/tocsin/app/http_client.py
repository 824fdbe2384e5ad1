"""The HTTP client below `Outgoing`. Not to be imported before something is sent: aiohttp costs a
start 190 ms.

Every address is checked right before a socket is made for it, names and literals alike, so that
nothing can change between the check and its use. A name is refused as a whole when any of its
addresses is, lest it lead elsewhere at the next try.
"""

import socket
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tocsin.app import lookup
from tocsin.app.refused_address import RefusedAddress, check
from tocsin.model.exchange import KEPT_LIMIT, READ_LIMIT, Fault, Request, Response
from tocsin.model.reach import Network
from tocsin.wire.webhook import USER_AGENT

_LOWEST_STATUS = 100

# How many headers of a response are kept, and how many bytes of them.
_HEADERS_LIMIT = 100
_HEADERS_KEPT = 16 * 1024
_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

# Failures by the words for them; the first that fits counts.
_FAULTS: tuple[tuple[type[Exception], Fault], ...] = (
    (TimeoutError, Fault.TIMEOUT),
    (aiohttp.ClientConnectorDNSError, Fault.DNS),
    (aiohttp.ClientSSLError, Fault.TLS),
    (aiohttp.ClientConnectorError, Fault.CONNECT),
    (aiohttp.InvalidURL, Fault.REFUSED_ADDRESS),
    (aiohttp.NonHttpUrlClientError, Fault.REFUSED_ADDRESS),
    (aiohttp.ClientError, Fault.EOF),
    (OSError, Fault.EOF),
)


@dataclass(slots=True)
class Heard:
    """What is known of a response so far, and whether a connection was opened for it."""

    opened: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def response(self) -> Response | None:
        """The response, if there is the beginning of one."""
        return Response(self.status, self.headers, self.body) if self.status else None


# What the request of this task has heard: whoever opens a connection notes it there. Tracing, which
# is aiohttp's way to learn of that, costs a request a fifth more.
_HEARD: ContextVar[Heard] = ContextVar("heard")


class HttpClient:
    """Sends requests. Lives on the loop; `allowed` are networks that may be called all the same."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._session = _session(allowed)
        self._unpooled = _session(allowed, pooled=False)

    async def post(self, request: Request, verify_tls: bool, heard: Heard) -> None:
        """POST, noting in `heard` what comes back. Raises what `fault_of` has words for.

        A receiver may close a connection that it kept open just when we use it again, which is no
        failure of either (RFC 9112, 9.3.1): the request is sent once more on one of its own.
        """
        _HEARD.set(heard)
        url = _url(request.url)
        try:
            await _post(self._session, url, request, verify_tls, heard)
        except aiohttp.ClientConnectorError:
            raise
        except aiohttp.ClientConnectionError:
            if heard.opened or heard.status:
                raise
            await _post(self._unpooled, url, request, verify_tls, heard)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()
        await self._unpooled.close()


def fault_of(failure: Exception) -> Fault:
    """The word for a failure of a request. Raises one that is none of the other side."""
    if _caused_by(failure, RefusedAddress):
        return Fault.REFUSED_ADDRESS
    for kind, fault in _FAULTS:
        if isinstance(failure, kind):
            return fault
    raise failure


async def _post(
    session: aiohttp.ClientSession, url: URL, request: Request, verify_tls: bool, heard: Heard
) -> None:
    async with session.post(
        url,
        data=request.body,
        headers=request.headers,
        allow_redirects=False,
        ssl=verify_tls,
    ) as response:
        if response.status < _LOWEST_STATUS:  # three digits are all that the parser asks for
            raise aiohttp.ClientPayloadError(f"{response.status} is no status of HTTP")
        heard.status = response.status
        heard.headers = _kept(response.raw_headers)
        await _read(response, heard)


async def _read(response: aiohttp.ClientResponse, heard: Heard) -> None:
    left = READ_LIMIT
    while left > 0 and (chunk := await response.content.read(left)):
        left -= len(chunk)
        heard.body += chunk[: KEPT_LIMIT - len(heard.body)]


def _kept(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by their names in small letters; those of one name become one, as RFC 9110 (5.3)
    allows. What is too many or too much is left out."""
    kept: dict[str, str] = {}
    left = _HEADERS_KEPT
    for name_bytes, value_bytes in raw:
        left -= len(name_bytes) + len(value_bytes)
        name = name_bytes.decode("latin-1").lower()
        if left < 0 or (len(kept) == _HEADERS_LIMIT and name not in kept):
            break
        value = value_bytes.decode("utf-8", "replace")
        kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


@lru_cache(maxsize=256)
def _url(text: str) -> URL:
    """The URL, as the one thing that decides whom we call. User info in it is refused: it would be
    sent as a password, and makes one host look like another."""
    try:
        url = URL(text)
    except ValueError as error:
        raise aiohttp.InvalidURL(text) from error
    if url.raw_user is not None or url.raw_password is not None:
        raise RefusedAddress("a URL with user info must not be called")
    return url


def _session(allowed: Sequence[Network], *, pooled: bool = True) -> aiohttp.ClientSession:
    def guarded(info: aiohttp.AddrInfoType) -> socket.socket:
        check(str(info[4][0]), allowed)
        _HEARD.get().opened = True
        return socket.socket(info[0], info[1], info[2])

    # No limit on connections: a receiver that never answers must not use up everybody's.
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=_Wary(allowed),
        socket_factory=guarded,
        force_close=not pooled,
        enable_cleanup_closed=True,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"Accept-Encoding": "identity", "User-Agent": USER_AGENT},
        timeout=aiohttp.ClientTimeout(total=None),
    )


class _Wary(AbstractResolver):
    """Refuses a name of which any address must not be called."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Where the name leads to."""
        infos = await lookup.look_up(host, port, family, socket.AI_ADDRCONFIG)
        found = [(kind, str(address[0])) for kind, _, _, _, address in infos]
        _check_all([address for _, address in found], self._allowed)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=kind, proto=0, flags=_NUMERIC
            )
            for kind, address in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


def _check_all(addresses: Sequence[str], allowed: Sequence[Network]) -> None:
    for address in addresses:
        check(address, allowed)


def _caused_by(failure: BaseException, kind: type[BaseException]) -> bool:
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, kind) or isinstance(getattr(seen, "os_error", None), kind):
            return True
        seen = seen.__cause__ or seen.__context__
    return False

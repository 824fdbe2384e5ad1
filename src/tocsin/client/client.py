"""One connection pool to one Tocsin, and the calls that programs make of it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from tocsin.client.errors import ConnectionFailed, refusal, senseless
from tocsin.client.messages import Event, Notice, Noticed, Published, Verdict
from tocsin.client.notices import NoticeReader
from tocsin.client.operation import Operation
from tocsin.client.stream import EventStream
from tocsin.client.subscription import Subscription, log_verdict
from tocsin.client.watching import OperationWatch

_ANSWER_S = 30.0


class _Accepted(msgspec.Struct):
    positions: tuple[str, str]
    count: int


class Client:
    """A Tocsin at `url`, called with `token`. Use it as an async context manager.

    Every call raises `ServerRefused` when the server said no, and `ConnectionFailed` when it could
    not be reached. `verify_tls=False` is for an address that is known to be one's own.
    """

    def __init__(self, url: str, token: str | None = None, *, verify_tls: bool = True) -> None:
        self._url = url.rstrip("/")
        self._token = token or ""
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._verify_tls = verify_tls

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=_ANSWER_S),
            connector=aiohttp.TCPConnector(limit=0, ssl=self._verify_tls),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def publish(
        self,
        type: str,  # noqa: A002 - the event's own word
        topic: str,
        data: object = None,
        **more: object,
    ) -> Published:
        """Append one event; returns once it is on the server's disk.

        `more` are the other members of an event: `id` (the same one again within 24 h is stored
        once), `time` (RFC 3339), `key`.
        """
        return await self.publish_all([{"type": type, "topic": topic, "data": data, **more}])

    async def publish_all(self, events: Sequence[Mapping[str, object]]) -> Published:
        """Append up to 1,000 events in this order, all or none of them."""
        answer = await self.call("POST", "/api/v1/events", events)
        accepted = msgspec.convert(answer, _Accepted)
        return Published(*accepted.positions, count=accepted.count)

    async def subscribe(
        self,
        *topics: str,
        since: str | None = None,
        on_verdict: Callable[[Verdict], None] = log_verdict,
        silence_s: float = 60.0,
    ) -> AsyncIterator[Event]:
        """Every event of these topics, in order, for as long as it is iterated.

        `topics` are patterns (`*` one token, `>` the rest); none means all. `since` is a position,
        `earliest`, `latest` (the default) or an RFC 3339 time. A connection that is lost, or silent
        for `silence_s` with its heartbeats too, is made again and goes on where it ended.
        `on_verdict` is told what the server says of that, before the events that follow; by default
        it is logged. Raises `ServerRefused` when the server does not want to be asked again.
        """
        stream = EventStream(self._session, f"{self._url}/api/v1/events", silence_s)
        async for message in Subscription(stream, topics, since).messages():
            if isinstance(message, Verdict):
                on_verdict(message)
            else:
                yield message

    async def notify(
        self,
        class_: str,
        message: str,
        priority: int | None = None,
        args: Mapping[str, object] | None = None,
    ) -> Noticed:
        """Send a notice to everybody who has subscribed to its class; returns once it is kept.

        `priority` is 0 to 10: 3 and more warn, 6 is critical, 9 urgent. `args` are further members.
        """
        given = {"class": class_, "message": message, "priority": priority, "args": args}
        body = {name: value for name, value in given.items() if value is not None}
        return msgspec.convert(await self.call("POST", "/api/v1/notices", body), Noticed)

    async def notices(
        self,
        *classes: str,
        since: str | None = None,
        on_verdict: Callable[[Verdict], None] = log_verdict,
    ) -> AsyncIterator[Notice]:
        """Every notice of these classes, in order, for as long as it is iterated.

        `since`, verdicts and lost connections are as in `subscribe`. Raises `ServerRefused` when
        the server does not want to be asked again.
        """
        reader = NoticeReader(self._session, f"{self._url}/ws", self._token, classes, since)
        async for message in reader.messages():
            if isinstance(message, Verdict):
                on_verdict(message)
            else:
                yield message

    def operation(
        self,
        id: str | None = None,  # noqa: A002 - the API's own word
        *,
        name: str | None = None,
        patience_s: float = 60.0,
        on_open: Callable[[str, str], object] = lambda _id, _url: None,
    ) -> Operation:
        """A run of an operation: say how it goes on in the block that it is the manager of.

        Without `id` the server makes one. `on_open` is told the id, and the address to watch it at.
        """
        return Operation(self.call, id, name, patience_s=patience_s, on_open=on_open)

    def watch_operation(
        self,
        id: str,  # noqa: A002 - the API's own word
        run: str | None = None,
        *,
        silence_s: float = 60.0,
    ) -> OperationWatch:
        """A run of an operation, to be read until it is closed.

        `run` is a number or `last`; by default it is the open one, else the next.
        """
        stream = EventStream(self._session, f"{self._url}/events", silence_s)
        return OperationWatch(self.call, stream, id, run)

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Any:
        """Any other call of the HTTP API: body and answer as JSON values, None for an empty one.

        A call with a `key` may be repeated with the same body: it is done once.
        """
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"} if content else {}
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with self._session.request(
                method, self._url + path, data=content, headers=headers
            ) as response:
                answer = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConnectionFailed(f"{self._url} cannot be reached: {_said(error)}") from error
        if response.status >= 400:
            raise refusal(response.status, response.content_type, answer)
        try:
            return msgspec.json.decode(answer) if answer else None
        except msgspec.DecodeError as error:
            raise senseless(response.status) from error

    async def download(self, method: str, path: str, write: Callable[[bytes], object]) -> str:
        """Pass the body of an answer of any size to `write`, in chunks; the answer's position."""
        patient = aiohttp.ClientTimeout(total=None, sock_connect=_ANSWER_S)
        try:
            async with self._session.request(method, self._url + path, timeout=patient) as response:
                if response.status >= 400:
                    body = await response.read()
                    raise refusal(response.status, response.content_type, body)
                async for chunk in response.content.iter_chunked(256 * 1024):
                    write(chunk)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ConnectionFailed(f"{self._url} cannot be reached: {_said(error)}") from error
        return response.headers.get("Tocsin-Position", "")


def _said(error: BaseException) -> str:
    return str(error) or "no answer in time"

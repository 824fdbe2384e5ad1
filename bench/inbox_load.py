"""The load on inboxes, as a process of its own: a listener for each, and messages over all of them.

`python -m bench.inbox_load` reads a `Plan` as a line of JSON, opens every stream and says `ready`;
a line back lets it publish. It ends with a line that is a `Seen`.
"""

import asyncio
import re
import socket
import statistics
import sys
from collections.abc import Awaitable, Callable

import msgspec
import nats
import uvloop

# A message's body: the number of its inbox, its own number there, and when it was due (monotonic).
_MARK = re.compile(rb"~(\d+)/(\d+)/(\d+\.\d+)~")

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

# What the inbox with the listener that may not read is told, apart from the others, a second.
_HEAVY_PER_SECOND = 100
_HEAVY_PAD = "x" * 20_000

_CONNECTIONS = 32
_QUIET_S = 2.0

# Sends a text to an inbox, and waits until all that was sent is out.
Tell = Callable[[int, str], Awaitable[None]]
Flush = Callable[[], Awaitable[None]]


class Plan(msgspec.Struct, frozen=True):
    """What to do. `{id}` stands for an inbox in the requests, `{body}` for a message's text; with
    `nats`, messages go there instead of to `publish`."""

    host: str
    port: int
    stream: str
    publish: str
    nats: str
    inboxes: int
    per_second: int
    seconds: float
    stalled: bool


class Seen(msgspec.Struct, frozen=True):
    """What the listeners got. Times in ms, from when a message was due; `wrong` are messages lost,
    repeated or out of order."""

    sent: int
    got: int
    wrong: int
    p50: float
    p99: float
    longest: float


class _Listener(asyncio.Protocol):
    """One inbox's listener: times what it is told, and counts what comes as it should."""

    def __init__(self, number: int, latencies: list[float]) -> None:
        self.next = 0
        self.opened = asyncio.get_running_loop().create_future()
        self.wrong = 0
        self._number = number
        self._latencies = latencies
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            self.opened.set_result(data.startswith(b"HTTP/1.1 200 "))
        now = asyncio.get_running_loop().time()
        data = self._rest + data
        end = 0
        for mark in _MARK.finditer(data):
            end = mark.end()
            self.wrong += (int(mark[1]), int(mark[2])) != (self._number, self.next)
            self.next = int(mark[2]) + 1
            self._latencies.append(now - float(mark[3]))
        self._rest = data[max(end, len(data) - 64) :]


class _Publisher(asyncio.Protocol):
    """One connection that publishes over HTTP, a request at a time."""

    def __init__(self, free: "asyncio.Queue[_Publisher]") -> None:
        self.write: Callable[[bytes], None] = lambda _: None
        self._free = free
        self._answer = b""

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, _, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is not None and len(body) >= int(length[1]):
            if not self._answer.startswith(b"HTTP/1.1 20"):
                raise SystemExit(f"refused: {self._answer!r}")
            self._answer = b""
            self._free.put_nowait(self)


class _Load:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._loop = asyncio.get_running_loop()
        self._latencies: list[float] = []
        self._listeners: list[_Listener] = []
        self._counts = [0] * (plan.inboxes + 1)

    async def open(self) -> None:
        """A listener for every inbox; the one after the last is told the most, and may not read."""
        for number in range(self._plan.inboxes):
            await self._listen(number, self._latencies)
        heavy = await self._listen(self._plan.inboxes, [])
        if self._plan.stalled:
            heavy.pause_reading()

    async def _listen(self, number: int, latencies: list[float]) -> asyncio.Transport:
        plan = self._plan
        sock = socket.create_connection((plan.host, plan.port))
        sock.setblocking(False)
        listener = _Listener(number, latencies)
        transport, _ = await self._loop.create_connection(lambda: listener, sock=sock)
        transport.write(plan.stream.replace("{id}", f"bench{number}").encode())
        if not await listener.opened:
            raise SystemExit("a stream was refused")
        self._listeners.append(listener)
        return transport

    async def publish(self) -> Seen:
        """Send what is due when it is due, whatever becomes of it, once every inbox is open."""
        plan = self._plan
        tell, flush = await (self._over_nats() if plan.nats else self._over_http())
        await self._tell(tell, plan.inboxes)  # which opens them
        await self._quiet(plan.inboxes)
        self._latencies.clear()
        heavy = self._loop.create_task(self._tell_the_heavy(tell))
        total = round(plan.per_second * plan.seconds)
        await self._tell(tell, total)
        heavy.cancel()
        await flush()
        await self._quiet(total)
        return self._seen(total)

    async def _tell(self, tell: Tell, total: int) -> None:
        """So many messages, to one inbox after another."""
        plan, began = self._plan, self._loop.time()
        for index in range(total):
            due = began + index / plan.per_second
            if (wait := due - self._loop.time()) > 0.0005:
                await asyncio.sleep(wait)
            number = index % plan.inboxes
            await tell(number, self._body(number, due))

    async def _tell_the_heavy(self, tell: Tell) -> None:
        number = self._plan.inboxes
        while True:
            await tell(number, self._body(number, self._loop.time()) + _HEAVY_PAD)
            await asyncio.sleep(1 / _HEAVY_PER_SECOND)

    def _body(self, number: int, due: float) -> str:
        count = self._counts[number]
        self._counts[number] += 1
        return f"~{number}/{count}/{due:.6f}~"

    async def _over_nats(self) -> tuple[Tell, Flush]:
        client = await nats.connect(self._plan.nats, pending_size=64 * 1024 * 1024)

        async def tell(number: int, body: str) -> None:
            said = {"id": f"bench{number}", "messages": [{"body": body, "level": "INFO"}]}
            await client.publish("monitor.user", msgspec.json.encode(said))

        return tell, client.flush

    async def _over_http(self) -> tuple[Tell, Flush]:
        plan = self._plan
        free: asyncio.Queue[_Publisher] = asyncio.Queue()
        for _ in range(_CONNECTIONS):
            transport, publisher = await self._loop.create_connection(
                lambda: _Publisher(free), plan.host, plan.port
            )
            publisher.write = transport.write
            free.put_nowait(publisher)

        async def tell(number: int, body: str) -> None:
            head, _, template = plan.publish.replace("{id}", f"bench{number}").partition("\r\n\r\n")
            content = template.replace("{body}", body)
            publisher = await free.get()
            request = f"{head}\r\nContent-Length: {len(content)}\r\n\r\n{content}"
            publisher.write(request.encode())

        async def flush() -> None:
            for _ in range(_CONNECTIONS):
                await free.get()

        return tell, flush

    async def _quiet(self, total: int) -> None:
        """Until all has come, or nothing does any more."""
        before = -1
        while before < len(self._latencies) < total:
            before = len(self._latencies)
            await asyncio.sleep(_QUIET_S)

    def _seen(self, total: int) -> Seen:
        got = sorted(self._latencies)
        wrong = sum(listener.wrong for listener in self._listeners[:-1])
        cuts = statistics.quantiles(got, n=100)
        return Seen(total, len(got), wrong, 1_000 * cuts[49], 1_000 * cuts[98], 1_000 * got[-1])


async def _run() -> None:
    plan = msgspec.json.decode(await asyncio.to_thread(sys.stdin.readline), type=Plan)
    load = _Load(plan)
    await load.open()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(msgspec.json.encode(await load.publish()).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(_run())

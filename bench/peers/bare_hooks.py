"""A bare loop of requests by aiohttp: nothing is read, signed, ordered or kept. Nothing in Python
that does all that can be faster.

`python -m bench.peers.bare_hooks URL REQUESTS AT_ONCE` makes so many requests, and prints what
they took of its core (s).
"""

import asyncio
import sys
import time
from collections.abc import Iterator

import aiohttp
import uvloop

# As many bytes as Tocsin sends for an event.
_BODY = (
    b'{"specversion":"1.0","id":"0123456789ab-123456","sequence":"123456","type":"bench.tick",'
    b'"subject":"bench/123","time":"2026-11-21T14:00:00.123Z","source":"/tocsin",'
    b'"key":"bench/123","datacontenttype":"application/json","data":{"number":123456,'
    b'"due":12345678901234,"pad":"' + b"x" * 100 + b'"}}'
)
_HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Tocsin/0.1.0",
    "webhook-id": "0123456789ab-123456",
    "webhook-timestamp": "1795269731",
    "webhook-signature": "v1," + "x" * 44,
    "tocsin-sequence": "123",
    "tocsin-previous-id": "0123456789ab-123056",
}


async def _run(url: str, requests: int, at_once: int) -> None:
    left = iter(range(requests))
    cpu = time.process_time()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
        asyncio.TaskGroup() as senders,
    ):
        for _ in range(at_once):
            senders.create_task(_send(session, url, left))
    print(time.process_time() - cpu)


async def _send(session: aiohttp.ClientSession, url: str, left: Iterator[int]) -> None:
    for _ in left:
        async with session.post(url, data=_BODY, headers=_HEADERS) as response:
            await response.read()


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))

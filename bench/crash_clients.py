"""The crash harness's clients: publishers that insist or do not, and readers that resume."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bench.peers.tocsin import TOKEN
from bench.witness import History, Identity

# How soon a client whose connection was lost tries again.
_RETRY_S = 0.02
_MOST_IN_ARRAY = 20

# What the death of a server looks like; anything else is a failure to look into.
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)

_HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def session() -> aiohttp.ClientSession:
    """Connections for all clients, any number of them, each for as long as it likes."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=5),
        headers=_HEADERS,
    )


def sequence_of(position: str) -> int:
    """The sequence in a position `EPOCH-SEQUENCE`."""
    return int(position.rpartition("-")[2])


@dataclass
class Publisher:
    """Publishes events, counted from 1, singly and in arrays, until told to stop.

    A careful one names its events with ids and sends what was not answered again until it is: all
    it ever sent must be in the log, once. A careless one never repeats: what was not answered may
    be there or not.
    """

    name: str
    careful: bool
    events_url: str
    chance: random.Random
    acknowledged: dict[Identity, int]
    stopping: asyncio.Event
    refusals: list[str] = field(default_factory=list)
    _count: int = 0

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Publishes until `stopping` is set and everything that must be answered was answered."""
        while not self.stopping.is_set():
            batch = self._next_batch()
            while not await self._send(http, batch) and self.careful:
                await asyncio.sleep(_RETRY_S)

    def _next_batch(self) -> list[dict[str, Any]]:
        size = self.chance.choice((1, 1, 1, self.chance.randint(2, _MOST_IN_ARRAY)))
        first = self._count + 1
        self._count += size
        return [self._event(count) for count in range(first, first + size)]

    def _event(self, count: int) -> dict[str, Any]:
        named = {"id": f"{self.name}-{count}"} if self.careful else {}
        data = {"publisher": self.name, "count": count}
        return {"type": "crash.tick", "topic": f"crash/{self.name}", "data": data, **named}

    async def _send(self, http: aiohttp.ClientSession, batch: list[dict[str, Any]]) -> bool:
        body = batch[0] if len(batch) == 1 else batch
        try:
            async with http.post(self.events_url, json=body) as response:
                answer = await response.json()
        except LOST:
            return False
        if response.status != 202:
            self.refusals.append(f"{self.name} was answered {response.status}: {answer}")
            return response.status < 500
        first = sequence_of(answer["positions"][0])
        for place, event in enumerate(batch):
            self.acknowledged[self.name, event["data"]["count"]] = first + place
        return True


@dataclass
class Reader:
    """Follows a pattern of topics from the beginning of the log, resuming after every loss."""

    history: History
    events_url: str
    pattern: str
    _last_id: str = ""
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Reads until cancelled."""
        while True:
            try:
                await self._follow(http)
            except LOST:
                await asyncio.sleep(_RETRY_S)

    async def more(self) -> None:
        """Returns when the next event has come."""
        self._came.clear()
        await self._came.wait()

    async def _follow(self, http: aiohttp.ClientSession) -> None:
        headers = {"Accept": "text/event-stream"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        query = {"topic": self.pattern, "since": "earliest"}
        async with http.get(self.events_url, params=query, headers=headers) as response:
            response.raise_for_status()
            fields: dict[str, str] = {}
            async for line in response.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    self._take(fields)
                    fields = {}

    def _take(self, fields: dict[str, str]) -> None:
        data = json.loads(fields["data"])
        if fields["event"] == "tocsin.resume":
            self.history.verdict(data["verdict"])
        else:
            record(self.history, data)
            self._came.set()
        # A dispatched event's id is the last one: what came of a torn frame is asked for again.
        self._last_id = fields.get("id", self._last_id)


def record(history: History, event: dict[str, Any]) -> None:
    """Adds an event (a CloudEvent, from a stream or a page) to a history."""
    sequence = int(event["sequence"])
    if event["type"] == "crash.tick":
        history.event(sequence, (event["data"]["publisher"], event["data"]["count"]))
    else:
        history.position(sequence)


async def read_pages(http: aiohttp.ClientSession, events_url: str, history: History) -> None:
    """Reads the whole log in JSON pages into a history."""
    since = "earliest"
    while True:
        query = {"topic": ">", "since": since, "limit": "1000"}
        async with http.get(events_url, params=query) as response:
            response.raise_for_status()
            page = await response.json()
        for event in page["data"]:
            record(history, event)
        if sequence_of(page["next"]) >= sequence_of(page["head"]):
            return
        since = page["next"]

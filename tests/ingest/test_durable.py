"""Reading a stream that NATS keeps, over a real server and a real store."""

from tests.domain import Domain
from tests.ingest.reading import Reading
from tests.nats_server import Nats

SUBJECTS = ("monitor.user", "service.create", "service.delete.done", "sysadm.events.a.b")
STREAM = "TOCSIN_INGEST"


def numbered(first: int, last: int) -> list[tuple[str, bytes]]:
    """Messages on all subjects in turn."""
    return [(SUBJECTS[at * at % 4], b"%d" % at) for at in range(first, last)]


async def publish(bus: Nats, messages: list[tuple[str, bytes]]) -> None:
    """As somebody who waits until the stream has them."""
    async with bus.client() as client:
        for subject, payload in messages:
            await client.jetstream().publish(subject, payload)


async def test_what_is_published_while_nobody_reads_is_taken_in_once(
    there: Domain, bus: Nats
) -> None:
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as first:
        await publish(bus, numbered(0, 700))
        assert await first.written(700) == numbered(0, 700)
    await publish(bus, numbered(700, 1_500))
    async with Reading(there.store, there.clock, bus.url, STREAM).running() as second:
        assert await second.written(800) == numbered(700, 1_500)
        await publish(bus, numbered(1_500, 1_501))
        assert await second.written(801) == numbered(700, 1_501)

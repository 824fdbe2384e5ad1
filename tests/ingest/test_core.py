"""Reading NATS as it is, over a real server and a real store."""

from tests.domain import Domain
from tests.ingest.reading import Reading
from tests.nats_server import Nats


async def test_the_order_of_the_wire_is_kept_across_subjects(there: Domain, bus: Nats) -> None:
    subjects = ("monitor.user", "service.create", "service.delete.done", "sysadm.events.a.b")
    sent = [(subjects[at * at % 4 if at % 7 else 3], b"%d" % at) for at in range(5_000)]
    reading = Reading(there.store, there.clock, bus.url)
    async with reading.running(), bus.client() as client:
        for subject, payload in sent:
            await client.publish(subject, payload)
        assert await reading.written(len(sent)) == sent

"""The server's stop."""

import pytest
from tests.push.service import TRANSPORTS, serving, timely, until


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_stop_refuses_newcomers_and_ends_every_stream_in_good_order(transport: str) -> None:
    async with serving(transport) as service:
        clients = [await service.open() for _ in range(20)]
        await until(lambda: len(service.hub.streams) == 20)
        service.server.should_exit = True
        await timely(service.serve)
        for client in clients:
            assert (await client.rest()).endswith(b"" if transport == "handoff" else b"0\r\n\r\n")
        with pytest.raises(OSError):  # noqa: PT011 - refused or reset
            await service.connect()


async def test_a_stop_does_not_wait_for_who_does_not_read() -> None:
    async with serving("handoff") as service:
        client = await service.open()
        await until(lambda: service.hub.streams)
        for _ in range(200):
            service.publish(size=100_000)
            await service.settle()
        assert [stream.paused for stream in service.subscribers] == [True]
        service.server.should_exit = True
        await timely(service.serve)
        client.close()


async def test_a_second_interrupt_cuts_the_drain_short() -> None:
    async with serving("handoff", drain_s=3600) as service:
        clients = [await service.open() for _ in range(3)]
        await until(lambda: len(service.hub.streams) == 3)
        service.server.should_exit = True
        await until(lambda: service.hub.gate.shut)
        service.server.force_exit = True
        await timely(service.serve)
        for client in clients:
            await client.rest()


async def test_its_start_is_announced_once_it_listens() -> None:
    async with serving("handoff") as service:
        assert service.announced == [service.port]

"""The floor: a bare loop of write(2) in C; with joined writes, a test of the load client."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench import machine
from bench.build import HERE, program
from bench.peers.payload import CLOUD_EVENT
from bench.target import PORT, Target, request, running


@contextmanager
def floor(*, joined: bool = False) -> Iterator[Target]:
    """One write per event and reader; `joined`: one per turn and reader, the least there is."""
    host = machine.fresh_address()
    binary = program("floor", [HERE / "peers" / "floor.c"])
    argv = [str(binary), host, str(PORT), *(["join"] if joined else [])]
    with running(argv, host) as pid:
        yield Target(
            name="C loop, joined writes" if joined else "C loop",
            host=host,
            port=PORT,
            pid=pid,
            stream=request("GET", "/", {}),
            publish=request("POST", "/", {}, CLOUD_EVENT),
        )

"""A data folder with a long log in it, filled through the API, once for all benchmarks of a run."""

import atexit
import functools
import tempfile
from pathlib import Path

from bench.load.driver import Load
from bench.peers.tocsin import publish_request, serving, stop, target

_ARRAY = 1_000
_CONNECTIONS = 4

# 250 bytes, as the design's figures for replay assume.
_DATA = '{"mark":"~00000000","pad":"' + "x" * 222 + '"}'


@functools.cache
def long_log(events: int) -> Path:
    """The data folder of a stopped server that has at least `events` events in its log."""
    folder = tempfile.TemporaryDirectory(prefix="bench-log-")
    atexit.register(folder.cleanup)
    data = Path(folder.name)
    with serving(data) as service, Load(target(service)) as load:
        array = publish_request(_ARRAY, _DATA)
        load.flood(_CONNECTIONS, requests=events // _ARRAY, request=array)
        stop(service)
    return data

"""NATS as the settings name it, and the parts that read it, joined."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from tocsin.app.bus_state import BusState
from tocsin.app.clock import AlarmClock
from tocsin.app.lease import Lease
from tocsin.ingest.consumer import Bus, Consumer
from tocsin.ingest.durable import DurableSource
from tocsin.ingest.refusals import Refusals
from tocsin.ingest.sorting import AnyIntake, Sorting
from tocsin.ingest.source import CoreSource
from tocsin.ingest.taking import Taking
from tocsin.store.store import Store

_LEASE = "nats"


@dataclass(frozen=True)
class Nats:
    """Where NATS is, and the stream to read there; without one NATS is read as it is.

    `holder` is this node's name among those that share the store.
    """

    url: str = field(repr=False)
    stream: str | None
    holder: str


def consumer(
    nats: Nats, store: Store, clock: AlarmClock, state: BusState, intakes: Sequence[AnyIntake]
) -> Consumer:
    """A consumer that reads `nats` for these intakes and tells `state` how it goes."""
    lease = Lease(store, clock, _LEASE, nats.holder)
    taking = Taking(store, clock, lease, Sorting(intakes, state, Refusals(clock)))
    source = partial(DurableSource, store, lease, nats.stream) if nats.stream else CoreSource
    return Consumer(Bus(nats.url, source), taking, lease, clock, Random())

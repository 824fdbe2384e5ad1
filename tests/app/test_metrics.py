"""What is counted, and that it is told as it is."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.clock import HeldClock

from tocsin.app.metrics import Metrics
from tocsin.model.errors import Refused
from tocsin.model.event import Event
from tocsin.push.hub import Hub
from tocsin.push.limits import Limits
from tocsin.store.store import open_store


def event(sequence: int) -> Event:
    return Event(sequence, sequence, "t", "a", "a", "/", 0, 0, b"")


@pytest.fixture
async def hub() -> Hub:
    return Hub(asyncio.get_running_loop(), Random(), limits=Limits(per_address=1))


@pytest.fixture
async def metrics(hub: Hub, tmp_path: Path) -> Metrics:
    return Metrics(open_store(f"sqlite:///{tmp_path}/tocsin.db", HeldClock()), hub)


def values(metrics: Metrics) -> dict[str, float]:
    """The samples by name and labels, as a scraper reads them."""
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


async def test_a_commit_counts_its_changes_and_their_events(metrics: Metrics) -> None:
    metrics.on_commit([(event(1), event(2)), (event(3),)])
    metrics.on_commit([(event(4),)])
    seen = values(metrics)
    assert seen["tocsin_events_total"] == 4
    assert seen["tocsin_commit_changes_count"] == 2
    assert seen["tocsin_commit_changes_bucket 1.0"] == 1
    assert seen["tocsin_commit_changes_sum"] == 3


async def test_answers_are_told_by_status(metrics: Metrics) -> None:
    metrics.answers.update([200, 200, 404])
    seen = values(metrics)
    assert (seen["tocsin_http_answers_total 200"], seen["tocsin_http_answers_total 404"]) == (2, 1)


async def test_refused_streams_are_told_by_code(metrics: Metrics, hub: Hub) -> None:
    hub.gate.check("192.0.2.1")
    hub.gate.enter("192.0.2.1")
    with pytest.raises(Refused):
        hub.gate.check("192.0.2.1")
    hub.gate.shut = True
    with pytest.raises(Refused):
        hub.gate.check("192.0.2.2")
    seen = values(metrics)
    assert seen["tocsin_refused_total too_many_connections"] == 1
    assert seen["tocsin_refused_total unavailable"] == 1


async def test_the_hub_is_read_when_asked(metrics: Metrics, hub: Hub) -> None:
    hub.counts.deliveries = 7
    hub.counts.flushes = 3
    hub.counts.stalls = 2
    seen = values(metrics)
    assert seen["tocsin_deliveries_total"] == 7
    assert seen["tocsin_flushes_total"] == 3
    assert seen["tocsin_slow_readers_total"] == 2
    assert seen["tocsin_subscribers"] == 0


async def test_the_process_tells_of_itself(metrics: Metrics) -> None:
    assert values(metrics)["process_open_fds"] > 0

"""What is counted, and that it is told as it is."""

import asyncio
from pathlib import Path
from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.clock import HeldClock
from tests.domain import Domain
from tests.model.endpoints import CLOUDEVENTS

from tocsin.app import endpoints
from tocsin.app.delivering import Claimed, Made
from tocsin.app.endpoints import NewEndpoint
from tocsin.app.metrics import Metrics
from tocsin.model.delivery import UNFINISHED, Delivery, State
from tocsin.model.errors import Refused
from tocsin.model.event import Event
from tocsin.model.exchange import Exchange, Fault, Request, Response
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


async def values(metrics: Metrics) -> dict[str, float]:
    """The samples by name and labels, as a scraper reads them."""
    families = text_string_to_metric_families((await metrics.render()).decode())
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


async def test_a_commit_counts_its_changes_and_their_events(metrics: Metrics) -> None:
    metrics.on_commit([(event(1), event(2)), (event(3),)])
    metrics.on_commit([(event(4),)])
    seen = await values(metrics)
    assert seen["tocsin_events_total"] == 4
    assert seen["tocsin_commit_changes_count"] == 2
    assert seen["tocsin_commit_changes_bucket 1.0"] == 1
    assert seen["tocsin_commit_changes_sum"] == 3


async def test_answers_are_told_by_status(metrics: Metrics) -> None:
    metrics.answers.update([200, 200, 404])
    seen = await values(metrics)
    assert (seen["tocsin_http_answers_total 200"], seen["tocsin_http_answers_total 404"]) == (2, 1)


async def test_refused_streams_are_told_by_code(metrics: Metrics, hub: Hub) -> None:
    hub.gate.check("192.0.2.1")
    hub.gate.enter("192.0.2.1")
    with pytest.raises(Refused):
        hub.gate.check("192.0.2.1")
    hub.gate.shut = True
    with pytest.raises(Refused):
        hub.gate.check("192.0.2.2")
    seen = await values(metrics)
    assert seen["tocsin_refused_total too_many_connections"] == 1
    assert seen["tocsin_refused_total unavailable"] == 1


async def test_the_hub_is_read_when_asked(metrics: Metrics, hub: Hub) -> None:
    hub.counts.deliveries = 7
    hub.counts.flushes = 3
    hub.counts.stalls = 2
    seen = await values(metrics)
    assert seen["tocsin_deliveries_total"] == 7
    assert seen["tocsin_flushes_total"] == 3
    assert seen["tocsin_slow_readers_total"] == 2
    assert seen["tocsin_subscribers"] == 0


async def test_the_process_tells_of_itself(metrics: Metrics) -> None:
    assert (await values(metrics))["process_open_fds"] > 0


def made(tries: int, waited_ms: int, response: Response | None, fault: Fault | None) -> Made:
    """An attempt that began so long after its delivery was due."""
    delivery = Delivery(
        id="d",
        endpoint_id=CLOUDEVENTS.id,
        sequence=1,
        event_type="t",
        key="a",
        webhook_id="w",
        ordinal=1,
        previous_id=None,
        superseded=0,
        base_url="",
        state=State.SENDING,
        due_ms=1_000,
        tries=tries,
        created_ms=1_000,
    )
    request = Request(CLOUDEVENTS.url, {}, b"{}")
    exchange = Exchange(1_000 + waited_ms, 5, request, response, fault)
    return Made(Claimed(delivery, CLOUDEVENTS, event(1)), exchange, 0.5)


async def test_attempts_are_told_by_outcome_and_first_ones_by_how_long_they_waited(
    metrics: Metrics,
) -> None:
    metrics.on_attempt(made(0, 20, Response(200), None))
    metrics.on_attempt(made(1, 7_000, None, Fault.TIMEOUT))
    seen = await values(metrics)
    assert seen["tocsin_webhook_attempts_total 2xx"] == 1
    assert seen["tocsin_webhook_attempts_total timeout"] == 1
    assert (seen["tocsin_webhook_wait_seconds_count"], seen["tocsin_webhook_wait_seconds_sum"]) == (
        1,
        0.02,
    )
    assert "tocsin_webhook_deliveries pending" not in seen  # the store does not run


async def test_what_is_on_its_way_is_told_by_where_it_stands(there: Domain, hub: Hub) -> None:
    new = NewEndpoint(name="Hook", url=CLOUDEVENTS.url, profile=CLOUDEVENTS.profile)
    await there.do(lambda tx: endpoints.create(tx, new, CLOUDEVENTS.secret, owner=1))
    await there.do(lambda tx: [tx.append("t", "a", b"") for _ in range(3)])
    seen = await values(Metrics(there.store, hub))
    assert [seen[f"tocsin_webhook_deliveries {state}"] for state in sorted(UNFINISHED)] == [1, 0, 2]

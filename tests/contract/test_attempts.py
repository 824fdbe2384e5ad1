"""What was sent to endpoints and answered, who sends it and how they do, on each database."""

import pytest
from tests.clock import HeldClock
from tests.contract.queues import Queues

from tocsin.model.exchange import KEPT_LIMIT, Exchange, Fault, Request, Response
from tocsin.model.health import Health
from tocsin.store import attempts, endpoint_health, workers
from tocsin.store.attempts import Attempt
from tocsin.store.endpoint_health import Standing
from tocsin.store.store import Store

SENT = Request("https://example.org/", {"webhook-id": "w1"}, b"{}")
# The body that was sent is not kept.
KEPT = Request(SENT.url, SENT.headers, b"")


@pytest.fixture
async def there(store: Store, clock: HeldClock) -> Queues:
    """An endpoint."""
    queues = Queues(store, clock)
    await queues.endpoint()
    return queues


async def add(there: Queues, *made: tuple[str, Exchange]) -> None:
    await there.store.change(lambda tx: attempts.add(tx.conn, made))


async def test_attempts_are_kept_in_the_order_in_which_they_were_heard_of(there: Queues) -> None:
    one, other = await there.put("a", "b")
    body = b"\xff" * KEPT_LIMIT
    answered = Response(500, {"Server": "x"}, body + b"beyond")
    first = Exchange(10, 3, SENT, answered)
    broken = Exchange(20, 4, SENT, Response(200), Fault.EOF)
    unheard = Exchange(5, 1, SENT, None, Fault.TIMEOUT)
    await add(there, (one, first), (other, unheard), (one, broken))
    await add(there, (one, unheard))
    await add(there)
    assert await there.store.read(lambda conn: attempts.listing(conn, one)) == [
        Attempt(1, Exchange(10, 3, KEPT, Response(500, {"Server": "x"}, body))),
        Attempt(2, Exchange(20, 4, KEPT, Response(200), Fault.EOF)),
        Attempt(3, Exchange(5, 1, KEPT, None, Fault.TIMEOUT)),
    ]
    (only,) = await there.store.read(lambda conn: attempts.listing(conn, other))
    assert only.number == 1
    assert await there.store.read(lambda conn: attempts.listing(conn, "0")) == []


async def test_a_worker_lives_until_the_time_it_said_last(store: Store) -> None:
    async def dead(now_ms: int) -> list[str]:
        return await store.read(lambda conn: workers.dead(conn, now_ms))

    for worker, until_ms in (("a", 10), ("b", 10), ("a", 20)):
        await store.change(lambda tx: workers.prolong(tx.conn, worker, until_ms))  # noqa: B023
    assert await dead(9) == []
    assert await dead(10) == ["b"]
    await store.change(lambda tx: workers.remove(tx.conn, "b"))
    assert await dead(20) == ["a"]


async def test_who_has_taken_something_and_is_not_known_to_live_is_dead(there: Queues) -> None:
    await there.put("a", "b", "c")
    await there.claim("alive", limit=1)
    await there.claim("unknown")
    for worker, until_ms in (("alive", 20), ("late", 10)):
        await there.store.change(lambda tx: workers.prolong(tx.conn, worker, until_ms))  # noqa: B023
    assert await there.store.read(lambda conn: workers.dead(conn, 10)) == ["late", "unknown"]


async def test_how_endpoints_do_is_kept(there: Queues) -> None:
    await there.endpoint("f")
    bad = Health(
        failures=(1, 2),
        failing_since_ms=3,
        paused_until_ms=4,
        pauses=5,
        warned=50,
        last_success_ms=6,
        last_failure_ms=7,
    )

    async def save(**changed: Standing) -> dict[str, Standing]:
        await there.store.change(lambda tx: endpoint_health.save(tx.conn, changed))
        return await there.store.read(lambda conn: endpoint_health.load(conn, ["e", "f"]))

    assert await save() == {"e": Standing(), "f": Standing()}
    assert await save(e=Standing(bad, 8)) == {"e": Standing(bad, 8), "f": Standing()}
    good = Standing(Health(last_success_ms=9), 10)
    assert await save(e=good, f=Standing(bad)) == {"e": good, "f": Standing(bad)}

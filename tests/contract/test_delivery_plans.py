"""What is asked while much is queued costs no more for that: an index leads to it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.clock import HeldClock
from tests.contract.queues import Queues

from tocsin.store import deliveries, workers
from tocsin.store.store import Store
from tocsin.store.tx import Tx


@pytest.fixture
async def there(store: Store, clock: HeldClock, url: str) -> Queues:
    """An endpoint with a long queue, of which a little is being sent."""
    made = Queues(store, clock)
    await made.endpoint()
    await made.endpoint("disabled", enabled=False)
    await made.put(*map(str, range(3_000)), state="delivered", ended_ms=1)
    await made.put(*map(str, range(3_000)))
    await made.claim(limit=2)
    if not url.startswith("sqlite"):  # which knows nothing of a table before that
        await store.change(lambda tx: tx.conn.execute(text("ANALYZE deliveries")))
    return made


async def plans(there: Queues, work: Callable[[Tx], Any], explain: str) -> str:
    """How the database does the first statement of some work."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, given: Any, *more: Any) -> None:
        asked.append((statement, given))

    def unit(tx: Tx) -> str:
        event.listen(tx.conn, "before_cursor_execute", note)
        work(tx)
        event.remove(tx.conn, "before_cursor_execute", note)
        statement, given = asked[0]
        return "\n".join(
            str(row[-1]) for row in tx.conn.exec_driver_sql(explain + statement, given)
        )

    return (await there.store.change(unit)).value


@pytest.mark.parametrize(
    "work",
    [
        lambda tx: workers.dead(tx.conn, tx.now_ms),
        lambda tx: deliveries.free(tx.conn, "w", tx.now_ms),
        lambda tx: deliveries.sending(tx.conn, "e"),
    ],
)
async def test_only_what_is_being_sent_is_looked_through(
    there: Queues, work: Callable[[Tx], Any], url: str
) -> None:
    explain = "EXPLAIN QUERY PLAN " if url.startswith("sqlite") else "EXPLAIN "
    plan = await plans(there, work, explain)
    assert "deliveries_sending" in plan
    assert not {"deliveries_key", "deliveries_needed", "deliveries_event"} & set(plan.split())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "work",
    [
        lambda tx: deliveries.cancel(tx.conn, "e", "gone", tx.now_ms),
        lambda tx: deliveries.cancel_rest(tx.conn, tx.now_ms),
    ],
)
async def test_what_has_ended_is_not_looked_at_to_cancel_the_rest(
    there: Queues, work: Callable[[Tx], Any], url: str
) -> None:
    plan = await plans(there, work, "EXPLAIN QUERY PLAN ")
    assert "deliveries_key" in plan
    assert "deliveries_event" not in plan

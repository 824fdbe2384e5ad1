"""Heartbeats on each database."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import channels, heartbeats, integrations
from tocsin.app.integrations import NewIntegration
from tocsin.model.channel import Rules
from tocsin.model.errors import Refused
from tocsin.model.heartbeat import Heartbeat
from tocsin.model.incident import Incident, Progress
from tocsin.model.integration import Integration, Kind
from tocsin.model.severity import Severity
from tocsin.store import incidents
from tocsin.store.tx import Tx


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain."""
    async with domain(url, clock) as there:
        yield there


@pytest.fixture
async def watch(there: Domain) -> Integration:
    """An integration of a channel."""
    return await there.do(_watch)


def _watch(tx: Tx) -> Integration:
    channel = channels.create(tx, Rules("Night"))
    return integrations.create(tx, NewIntegration("Cron", Kind.HEARTBEAT, channel.id), "f" * 32)


async def beat(
    there: Domain, watch: Integration, name: str = "backup", every_s: int = 60
) -> Heartbeat:
    """A beat; how it is then."""
    unit = partial(heartbeats.beat, integration_id=watch.id, name=name, every_s=every_s)
    heartbeat, _ = await there.do(unit)
    return heartbeat


async def told(there: Domain) -> list[Incident]:
    """The incidents, oldest first."""
    found = await there.store.read(lambda conn: incidents.listing(conn, incidents.ALL, None, 99))
    return found[::-1]


async def test_silence_is_an_alert_once_and_the_next_beat_ends_it(
    there: Domain, watch: Integration
) -> None:
    due_ms = (await beat(there, watch)).due_ms
    assert await there.timers.catch_up() == due_ms + 1
    there.clock.set(due_ms)
    await there.timers.catch_up()
    assert await told(there) == []
    there.clock.advance(1)
    assert await there.timers.catch_up() is None
    [incident] = await told(there)
    assert (incident.title, incident.severity) == ("No heartbeat from backup", Severity.CRITICAL)
    there.clock.advance(1_000)
    await there.timers.catch_up()
    assert await told(there) == [incident]
    again = await beat(there, watch)
    [incident] = await told(there)
    assert (incident.progress, incident.end_time) == (Progress.CLOSED, there.clock.now)
    assert await there.timers.catch_up() == again.due_ms + 1


async def test_each_has_a_time_of_its_own(there: Domain, watch: Integration) -> None:
    await beat(there, watch, "slow", 100)
    await beat(there, watch, "fast", 10)
    there.clock.advance(30)
    await there.timers.catch_up()
    assert [one.title for one in await told(there)] == ["No heartbeat from fast"]
    assert (await beat(there, watch, "slow", 5)).due_ms == (there.clock.now + 10) * 1_000


async def test_while_the_server_was_away_nothing_was_silent(
    there: Domain, watch: Integration
) -> None:
    await beat(there, watch)
    await beat(there, watch, "silent", 1)
    there.clock.advance(10)
    await there.timers.catch_up()
    there.clock.advance(600)
    await there.do(heartbeats.begin_anew)
    assert await there.timers.catch_up() == there.clock.now_ms() + 120_001
    there.clock.advance(121)
    await there.timers.catch_up()
    titles = [one.title for one in await told(there)]
    assert titles == ["No heartbeat from silent", "No heartbeat from backup"]


async def test_with_its_integration_its_watch_ends(there: Domain, watch: Integration) -> None:
    await beat(there, watch)
    await there.do(lambda tx: integrations.delete(tx, watch))
    with pytest.raises(Refused):
        await beat(there, watch)
    assert await there.timers.catch_up() is None


async def test_an_integration_has_so_many_at_most(
    there: Domain, watch: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "LIMIT", 2)
    await beat(there, watch, "a")
    await beat(there, watch, "b")
    with pytest.raises(Refused, match="at most 2"):
        await beat(there, watch, "c")
    await beat(there, watch, "b")


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 129])
async def test_a_name_has_to_be_one(there: Domain, watch: Integration, name: str) -> None:
    with pytest.raises(Refused, match="name"):
        await beat(there, watch, name)

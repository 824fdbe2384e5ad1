"""What the owner of an endpoint at which nothing arrives is told, on each database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import endpoint_notices, endpoints, people, telling
from tocsin.app.endpoints import NewEndpoint
from tocsin.app.people import NewPerson
from tocsin.model import health
from tocsin.model.contact import Contact
from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, Profile, Reason
from tocsin.model.health import PATIENCE_MS
from tocsin.model.notice import read
from tocsin.model.retrying import Verdict
from tocsin.model.severity import Severity
from tocsin.store import endpoint_health, notices, tellings
from tocsin.store.tellings import Receipt
from tocsin.store.tx import Tx

CHAT = Contact("slack://secret/b/c")
PAGER = Contact("pover://user@token", severities=(Severity.CRITICAL,))
RETRY = Verdict(State.PENDING, 5_000, "answered 503")


@dataclass
class Owned:
    """An endpoint of Anna's, who is told by chat of everything and by pager of the worst."""

    there: Domain
    id: str
    owner: int
    began_ms: int

    async def fail(self, verdict: Verdict = RETRY) -> bool:
        """An attempt fails now; whether the endpoint is disabled by it."""

        def unit(tx: Tx) -> bool:
            standing = endpoint_health.load(tx.conn, [self.id])[self.id]
            failed = health.failed(standing.health, tx.now_ms - 10, tx.now_ms)
            endpoint_health.save(tx.conn, {self.id: standing._replace(health=failed.health)})
            return endpoint_notices.follow(tx, endpoints.get(tx.conn, self.id), failed, verdict)

        return await self.there.do(unit)

    async def succeed(self) -> None:
        """An attempt succeeds now."""

        def unit(tx: Tx) -> None:
            standing = endpoint_health.load(tx.conn, [self.id])[self.id]
            well = health.succeeded(standing.health, tx.now_ms)
            endpoint_health.save(tx.conn, {self.id: standing._replace(health=well)})

        await self.there.do(unit)

    async def fail_at(self, *shares: int) -> None:
        """Attempts fail when so much of our patience, in percent, is over."""
        for share in shares:
            self.there.clock.set(self.began_ms + PATIENCE_MS * share // 100)
            await self.fail()

    async def endpoint(self) -> Endpoint:
        return await self.there.store.read(lambda conn: endpoints.get(conn, self.id))

    async def receipts(self) -> list[Receipt]:
        """What its owner was told, oldest first."""
        found = await self.there.store.read(
            lambda conn: tellings.listing(conn, f"endpoint/{self.id}", None, 99)
        )
        return found[::-1]

    async def notices(self) -> list[dict[str, Any]]:
        """The payloads of the notices, oldest first."""
        found = await self.there.store.read(
            lambda conn: notices.published(conn, 2**62, 99, endpoint_notices.CLASS)
        )
        return [msgspec.json.decode(read(event.data).args) for event in found[::-1]]


@pytest.fixture
async def owned(url: str, clock: HeldClock) -> AsyncIterator[Owned]:
    async with domain(url, clock) as there:
        anna = await there.do(lambda tx: people.create(tx, NewPerson("Anna", "", (CHAT, PAGER))))
        owner = anna.person.person_id
        new = NewEndpoint(name="Hook", url="https://hooks.test/in", profile=Profile.CLOUDEVENTS)
        made = await there.do(lambda tx: endpoints.create(tx, new, "whsec_c2VjcmV0", owner))
        yield Owned(there, made.id, owner, clock.now_ms())


async def test_a_failure_is_nothing_to_write_home_about(owned: Owned) -> None:
    before = len(owned.there.changes)
    assert await owned.fail() is False
    assert await owned.fail() is False
    assert await owned.notices() == []
    assert await owned.receipts() == []
    assert len(owned.there.changes) == before


async def test_the_owner_is_warned_twice_and_told_of_the_end(owned: Owned) -> None:
    await owned.fail_at(0, 30, 49, 50, 60, 90, 95, 100)
    told = await owned.notices()
    assert [one["priority"] for one in told] == ["4 - Warning", "5 - Warning", "7 - Critical"]
    assert [one["message"].partition("\n")[0] for one in told] == [
        "[Warning] Endpoint failing: Hook",
        "[Warning] Endpoint failing: Hook",
        "[Critical] Endpoint disabled: Hook",
    ]
    whose = {"endpoint_id": owned.id, "endpoint_name": "Hook", "owner": owned.owner}
    assert all(whose.items() <= one.items() for one in told)
    assert (await owned.endpoint()).disabled_reason is Reason.FAILING


async def test_an_event_says_for_how_long_and_why(owned: Owned) -> None:
    since = owned.there.clock.now
    await owned.fail_at(0, 25, 50)
    (change,) = owned.there.changes[-1:]
    warned, notice = change
    assert (warned.type, warned.topic) == ("tocsin.endpoint.warned", f"endpoint/{owned.id}")
    told = msgspec.json.decode(warned.data)
    assert told["endpoint"]["id"] == owned.id
    assert "secret" not in told["endpoint"]
    del told["endpoint"]
    assert told == {"share": 50, "failing_since": since, "reason": "answered 503"}
    assert notice.topic == "notice/webhooks"


async def test_each_contact_is_for_what_it_says(owned: Owned) -> None:
    await owned.fail_at(0, 25, 50, 90)
    warnings = await owned.receipts()
    assert {(one.telling.url, one.telling.person_id) for one in warnings} == {
        (CHAT.url, owned.owner)
    }
    await owned.fail_at(100)
    end = (await owned.receipts())[len(warnings) :]
    assert {one.telling.url for one in end} == {CHAT.url, PAGER.url}
    assert {one.telling.occasion for one in end} == {"disabled"}


async def test_who_wants_no_more_is_disabled_at_once(owned: Owned) -> None:
    gone = Verdict(State.FAILED, reason="answered 410", gone=True)
    assert await owned.fail(gone) is True
    assert (await owned.endpoint()).disabled_reason is Reason.GONE
    (notice,) = await owned.notices()
    assert "It wants no more: answered 410." in notice["message"]
    assert len(await owned.receipts()) == 2


async def test_what_has_changed_meanwhile_is_not_told(owned: Owned) -> None:
    await owned.fail_at(0, 25, 50)
    await owned.succeed()
    assert await owned.there.do(lambda tx: telling.claim(tx, 9)) == []
    assert [one.reason for one in await owned.receipts()] == ["it was healthy again by then"]


async def test_a_warning_is_not_told_once_the_end_is(owned: Owned) -> None:
    await owned.fail_at(0, 40, 80, 90, 100)
    # About one topic at one URL they go in order: each claim ends one of the two warnings.
    claimed = [
        one for _ in range(3) for one in await owned.there.do(lambda tx: telling.claim(tx, 9))
    ]
    assert {one.url for one in claimed} == {CHAT.url, PAGER.url}
    assert {one.occasion for one in claimed} == {"disabled"}


async def test_the_end_is_not_told_of_one_that_is_enabled_again_or_deleted(owned: Owned) -> None:
    gone = Verdict(State.FAILED, reason="answered 410", gone=True)
    await owned.fail(gone)
    disabled = await owned.endpoint()
    enabled = await owned.there.do(lambda tx: endpoints.enable(tx, disabled))
    assert await owned.there.do(lambda tx: telling.claim(tx, 9)) == []
    await owned.fail(gone)
    await owned.there.do(lambda tx: endpoints.delete(tx, enabled))
    assert await owned.there.do(lambda tx: telling.claim(tx, 9)) == []
    assert {one.reason for one in await owned.receipts()} == {
        "it was enabled again by then",
        "it was deleted by then",
    }

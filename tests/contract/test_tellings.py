"""What people are to be told, written with the event, on each database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import incident_commands, incidents, people, telling
from tocsin.app.incident_commands import Reported
from tocsin.app.incidents import Command
from tocsin.app.people import NewPerson, PersonChanges
from tocsin.app.telling import LEASE_MS
from tocsin.model.alert import Alert
from tocsin.model.contact import Contact, Quiet
from tocsin.model.incident import Incident, topic_of
from tocsin.model.severity import Severity, Status
from tocsin.model.silence import Weekly
from tocsin.model.telling import Occasion
from tocsin.model.trying import WEBHOOK, Result, Tried
from tocsin.store import alerts, tellings
from tocsin.store.tellings import MOOT, Receipt, Telling
from tocsin.store.tx import Tx

MISSING = "0" * 24
CHAT, PUSH = Contact("slack://secret/b/c"), Contact("pover://user@token")
NIGHTS = replace(PUSH, quiet=Quiet(Weekly(tuple(range(1, 8)), "22:00", "06:00")))
# 2023-11-14 22:13:20 UTC
UNTIL_SIX = 7 * 3_600 + 46 * 60 + 40
DELIVERED = Tried(Result.DELIVERED)
FAILED = Tried(Result.FAILED, "error=503")


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain with Anna, who is told by chat, and Bert, who is told by nothing."""
    async with domain(url, clock) as there:
        await introduce(there, "Anna", CHAT)
        await introduce(there, "Bert")
        yield there


async def introduce(there: Domain, name: str, *contacts: Contact) -> int:
    made = await there.do(lambda tx: people.create(tx, NewPerson(name, "", contacts)))
    return made.person.person_id


async def contacts(there: Domain, person_id: int, *those: Contact) -> None:
    """Somebody wants to be told otherwise."""
    changes = PersonChanges(notify=those)
    await there.do(lambda tx: people.edit(tx, people.get(tx.conn, person_id), changes))


async def report(there: Domain, *to: int, **fields: Any) -> Incident:
    """Bert makes an incident."""
    given = Reported("Fire", fields.get("severity", Severity.CRITICAL), person_ids=to)

    def unit(tx: Tx) -> Incident:
        return incident_commands.report(tx, given, incidents.person(tx.conn, 2))

    return await there.do(unit)


async def do(there: Domain, incident_id: str, make: Callable[[Tx], Command]) -> Incident:
    """Bert does something."""

    def unit(tx: Tx) -> Incident:
        return incidents.act(tx, incident_id, make(tx), incidents.person(tx.conn, 2))

    return await there.do(unit)


async def resolve(there: Domain, incident_id: str) -> None:
    await do(there, incident_id, lambda _: incident_commands.resolve())


async def reopen(there: Domain, incident_id: str) -> None:
    await do(there, incident_id, lambda tx: incident_commands.reopen(tx, ""))


async def claim(there: Domain, limit: int = 9) -> list[Telling]:
    return await there.do(lambda tx: telling.claim(tx, limit))


async def settle(there: Domain, one: Telling, tried: Tried = DELIVERED) -> Tried:
    return await there.do(lambda tx: telling.settle(tx, one, tried, 0.5))


async def receipts(there: Domain, incident_id: str) -> list[Receipt]:
    """How its tellings go, oldest first."""
    found = await there.store.read(
        lambda conn: tellings.listing(conn, topic_of(incident_id), None, 99)
    )
    return found[::-1]


async def results(there: Domain, incident_id: str) -> list[tuple[Occasion, str | None]]:
    return [(one.telling.occasion, one.result) for one in await receipts(there, incident_id)]


async def next_due(there: Domain) -> float | None:
    """In how many seconds the next is due."""
    due_ms = await there.store.read(tellings.next_due_ms)
    return None if due_ms is None else (due_ms - there.clock.now_ms()) / 1_000


async def test_who_is_given_an_incident_is_told_once(there: Domain) -> None:
    made = await report(there, 1, 2)
    assert await next_due(there) == 0
    (one,) = await claim(there)
    assert (one.person_id, one.url, one.occasion) == (1, CHAT.url, Occasion.NEW)
    assert (one.title, one.severity, one.tries) == ("[Critical] New: Fire", Severity.CRITICAL, 1)
    assert await claim(there) == []
    await settle(there, one)
    assert await next_due(there) is None
    (receipt,) = await receipts(there, made.id)
    assert (receipt.result, receipt.reason, receipt.ended_at) == (
        "delivered",
        None,
        there.clock.now,
    )
    assert receipt.telling.url == "slack://..."


async def test_what_was_being_sent_when_its_sender_died_is_sent_again(there: Domain) -> None:
    await report(there, 1)
    (lost,) = await claim(there)
    there.clock.advance(LEASE_MS / 1_000 - 1)
    assert await claim(there) == []
    there.clock.advance(1)
    assert await claim(there) == [replace(lost, tries=2)]


async def test_a_failure_is_recorded_and_tried_again_until_it_is_given_up(there: Domain) -> None:
    made = await report(there, 1)
    for wait_s in WEBHOOK:
        (one,) = await claim(there)
        assert await settle(there, one, FAILED) == FAILED
        (receipt,) = await receipts(there, made.id)
        assert (receipt.result, receipt.reason) == (None, "error=503")
        assert await next_due(there) == wait_s
        there.clock.advance(wait_s)
    (one,) = await claim(there)
    given_up = Tried(Result.REFUSED, "error=503, 11 times")
    assert await settle(there, one, FAILED) == given_up
    (receipt,) = await receipts(there, made.id)
    assert (receipt.result, receipt.reason) == (given_up.result, given_up.reason)
    assert await next_due(there) is None


async def test_what_is_over_by_then_is_told_neither_in_its_beginning_nor_its_end(
    there: Domain,
) -> None:
    await contacts(there, 1, NIGHTS)
    made = await report(there, 1)
    assert await next_due(there) == UNTIL_SIX
    await resolve(there, made.id)
    there.clock.advance(UNTIL_SIX)
    assert await claim(there) == []
    assert await claim(there) == []
    assert await results(there, made.id) == [(Occasion.NEW, MOOT), (Occasion.RESOLVED, MOOT)]
    assert [one.reason for one in await receipts(there, made.id)] == [
        "it was over by then",
        "the beginning was not told either",
    ]


async def test_the_end_of_what_was_told_is_told(there: Domain) -> None:
    made = await report(there, 1)
    await settle(there, (await claim(there))[0])
    await resolve(there, made.id)
    (end,) = await claim(there)
    assert end.occasion is Occasion.RESOLVED
    await reopen(there, made.id)
    await settle(there, end, FAILED)
    there.clock.advance(WEBHOOK[0])
    assert await claim(there) == []
    (again,) = await claim(there)
    assert again.occasion is Occasion.REOPENED
    assert await results(there, made.id) == [
        (Occasion.NEW, "delivered"),
        (Occasion.RESOLVED, MOOT),
        (Occasion.REOPENED, None),
    ]


async def test_the_end_is_told_to_who_took_part_without_having_been_told(there: Domain) -> None:
    made = await report(there)

    def unit(tx: Tx) -> Incident:
        anna = incidents.person(tx.conn, 1)
        return incidents.act(tx, made.id, incident_commands.ack(tx, None), anna)

    await there.do(unit)
    await resolve(there, made.id)
    assert [one.occasion for one in await claim(there)] == [Occasion.RESOLVED]


async def test_nobody_is_told_of_flapping_alerts_but_of_what_people_do(there: Domain) -> None:
    made = await report(there, 1)
    alert = Alert(
        *(MISSING, "db", MISSING, "Fire", "", Severity.CRITICAL, Status.CRITICAL),
        *(there.clock.now, there.clock.now),
        incident_id=made.id,
        flapping=True,
    )
    await there.do(lambda tx: alerts.add_all(tx.conn, [alert]))
    await do(there, made.id, lambda tx: incident_commands.assign(tx, (2, 1)))
    assert await claim(there) == []
    assert [one.occasion for one in await claim(there)] == [Occasion.ASSIGNED]
    calm = replace(alert, id="1" * 24, alert_key="web", flapping=False)
    await there.do(lambda tx: alerts.add_all(tx.conn, [calm]))
    await report(there, 1)
    assert [one.occasion for one in await claim(there)] == [Occasion.NEW]


async def test_at_one_url_an_incident_is_told_of_in_order(there: Domain) -> None:
    made = await report(there, 1)
    await report(there, 1)
    first, other = await claim(there)
    await settle(there, first, FAILED)
    await do(there, made.id, lambda tx: incident_commands.assign(tx, (2, 1)))
    assert await claim(there) == []
    await settle(there, other)
    assert await next_due(there) == WEBHOOK[0]
    there.clock.advance(WEBHOOK[0])
    assert [one.id for one in await claim(there)] == [first.id]


async def test_who_does_not_want_it_any_more_is_not_told(there: Domain) -> None:
    made = await report(there, 1)
    await contacts(there, 1, PUSH)
    assert await claim(there) == []
    assert await results(there, made.id) == [(Occasion.NEW, MOOT)]


async def test_each_url_is_for_what_it_says_and_those_who_share_one_are_told_there_once(
    there: Domain,
) -> None:
    grave = replace(CHAT, severities=(Severity.CRITICAL,))
    await contacts(there, 1, grave, PUSH)
    carl = await introduce(there, "Carl", PUSH)
    made = await report(there, 1, carl, severity=Severity.WARNING)
    assert [(one.person_id, one.url) for one in await claim(there)] == [(1, PUSH.url)]
    assert len(await receipts(there, made.id)) == 1


async def test_those_busy_are_left_out_and_no_more_taken_than_asked_for(there: Domain) -> None:
    await report(there, 1)
    await report(there, 1)
    (one,) = await claim(there, limit=1)
    there.clock.advance(LEASE_MS)
    (other,) = await there.do(lambda tx: telling.claim(tx, 9, [one.id]))
    assert other.id != one.id


async def test_how_it_went_is_known_for_a_week(there: Domain) -> None:
    made = await report(there, 1)
    await settle(there, (await claim(there))[0])
    await report(there, 1)
    there.clock.advance(7 * 86_400 - 1)
    assert await there.do(telling.forget) == 0
    there.clock.advance(1)
    assert await there.do(telling.forget) == 1
    assert await receipts(there, made.id) == []


async def test_receipts_come_in_pages(there: Domain) -> None:
    made = await report(there, 1)
    await do(there, made.id, lambda tx: incident_commands.assign(tx, (1,)))
    newest, oldest = (await receipts(there, made.id))[::-1]
    page = await there.store.read(
        lambda conn: tellings.listing(conn, topic_of(made.id), newest.telling.id, 9)
    )
    assert page == [oldest]

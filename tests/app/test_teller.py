"""Telling people what happens, with real receivers on the other side."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from random import Random

import pytest
from aiohttp.web import Response, StreamResponse
from tests.clock import HeldClock
from tests.domain import Domain, domain
from tests.mail_server import MailBox, link, mail_server, text
from tests.receiver import Got, Receiver, receiver, status

from tocsin.app import endpoint_notices, endpoints, incident_commands, incidents, people
from tocsin.app.endpoints import NewEndpoint
from tocsin.app.incident_commands import Reported
from tocsin.app.messengers import Messengers
from tocsin.app.people import NewPerson
from tocsin.app.smtp import MailServer, Security, Smtp
from tocsin.app.teller import Teller, Tellings
from tocsin.model.contact import Contact
from tocsin.model.delivery import State
from tocsin.model.endpoint import Profile
from tocsin.model.health import Health, failed
from tocsin.model.incident import Incident, topic_of
from tocsin.model.retrying import Verdict
from tocsin.model.severity import Severity
from tocsin.model.trying import WEBHOOK, Result
from tocsin.store import tellings
from tocsin.store.tellings import Receipt
from tocsin.store.tx import Tx

URL = "https://tocsin.test"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def there(tmp_path: Path, clock: HeldClock) -> AsyncIterator[Domain]:
    async with domain(f"sqlite:///{tmp_path}/tocsin.db", clock) as there:
        yield there


@pytest.fixture
async def hook() -> AsyncIterator[Receiver]:
    async with receiver() as there:
        yield there


@pytest.fixture
def box() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@asynccontextmanager
async def telling(there: Domain, smtp: Smtp | None = None) -> AsyncIterator[Teller]:
    """A teller at work, who hears of every change."""
    messengers = Messengers(["json"], [ip_network("127.0.0.0/8")])
    errands = Tellings(messengers, smtp, there.clock, URL)
    teller = Teller(there.store, there.clock, errands, Random(1))
    note = there.store.on_commit
    there.store.on_commit = lambda changes: (note(changes), [*map(teller.on_change, changes)])[0]
    task = asyncio.create_task(teller.run())
    try:
        yield teller
    finally:
        task.cancel()
        await asyncio.wait([task])
        there.store.on_commit = note


async def anna(there: Domain, *urls: str) -> int:
    new = NewPerson("Anna", "", tuple(map(Contact, urls)))
    return (await there.do(lambda tx: people.create(tx, new))).person.person_id


async def report(there: Domain, to: int) -> Incident:
    given = Reported("Fire", Severity.CRITICAL, person_ids=(to,))
    bert = await there.do(lambda tx: people.create(tx, NewPerson("Bert", "")))
    return await there.do(lambda tx: incident_commands.report(tx, given, bert.person))


def resolve(incident_id: str, tx: Tx) -> None:
    incidents.act(tx, incident_id, incident_commands.resolve(), None)


async def ended(there: Domain, incident_id: str, number: int = 1) -> list[Receipt]:
    """How its tellings went, oldest first, once so many are over."""
    async with asyncio.timeout(20):
        while True:
            found = await there.store.read(
                lambda conn: tellings.listing(conn, topic_of(incident_id), None, 99)
            )
            over = [one for one in found if one.result is not None]
            if len(over) >= number:
                return over[::-1]
            await asyncio.sleep(0.01)


def smtp_of(box: MailBox) -> Smtp:
    return Smtp(MailServer("127.0.0.1", box.port, Security.NONE, "", "", "Tocsin <t@acme.test>"))


async def test_what_happens_arrives_with_a_link_to_it(there: Domain, hook: Receiver) -> None:
    async with telling(there) as teller:
        made = await report(there, await anna(there, hook.url.replace("http", "json")))
        await hook.wait_for(1)
        await there.do(partial(resolve, made.id))
        new, resolved = (got.data for got in await hook.wait_for(2))
        await ended(there, made.id, 2)
    assert (new["title"], new["type"]) == ("[Critical] New: Fire", "failure")
    assert new["message"].endswith(f"By Bert\n\n{URL}/console/incidents/{made.id}")
    assert (resolved["title"], resolved["type"]) == ("[Critical] Resolved: Fire", "success")
    assert teller.settled == {Result.DELIVERED: 2}


async def test_a_failure_is_tried_again_in_its_time(there: Domain, hook: Receiver) -> None:
    hook.answer = status(500)
    async with telling(there) as teller:
        made = await report(there, await anna(there, hook.url.replace("http", "json")))
        await hook.wait_for(1)
        while not teller.settled:
            await asyncio.sleep(0.01)
        hook.answer = status(200)
        there.clock.advance(WEBHOOK[0] * 1.2)
        (receipt,) = await ended(there, made.id)
    assert (receipt.result, receipt.telling.tries) == ("delivered", 2)
    assert teller.settled == {Result.FAILED: 1, Result.DELIVERED: 1}


async def test_what_was_not_told_before_a_restart_is_told_after_it(
    tmp_path: Path, clock: HeldClock, hook: Receiver
) -> None:
    url = f"sqlite:///{tmp_path}/tocsin.db"
    async with domain(url, clock) as before:
        made = await report(before, await anna(before, hook.url.replace("http", "json")))
    async with domain(url, clock) as after, telling(after), telling(after):
        (receipt,) = await ended(after, made.id)
    assert receipt.result == "delivered"
    assert len(hook.got) == 1


async def test_mail_goes_through_the_operators_server(there: Domain, box: MailBox) -> None:
    async with telling(there, smtp_of(box)):
        made = await report(there, await anna(there, "mailto://anna@example.org"))
        (letter,) = await asyncio.to_thread(box.wait_for, 1)
        await ended(there, made.id)
    assert (letter["To"], letter["Subject"]) == ("anna@example.org", "[Critical] New: Fire")
    assert letter["From"] == "Tocsin <t@acme.test>"
    assert letter["References"] == f"<{made.id}@tocsin.test>"
    assert text(letter).startswith(f"#{made.num}: Triggered, Critical")
    assert link(letter, "") == f"/console/incidents/{made.id}"
    assert letter.get_body(("html",)) is None


async def test_without_a_mail_server_there_is_no_mail(there: Domain) -> None:
    async with telling(there):
        made = await report(there, await anna(there, "mailto://anna@example.org"))
        (receipt,) = await ended(there, made.id)
    assert (receipt.result, receipt.reason) == ("refused", "there is no mail.smtp_host")


async def test_one_url_does_not_wait_for_another(there: Domain, hook: Receiver) -> None:
    async with receiver("127.0.0.2") as silent, telling(there):
        never = asyncio.Event()

        async def hang(_: Got) -> StreamResponse:
            await never.wait()
            return Response()

        silent.answer = hang
        urls = [one.url.replace("http", "json") for one in (silent, hook)]
        await report(there, await anna(there, *urls))
        await silent.wait_for(1)
        await hook.wait_for(1)
        never.set()


async def test_the_owner_of_an_endpoint_is_led_to_it(there: Domain, hook: Receiver) -> None:
    owner = await anna(there, hook.url.replace("http", "json"))
    new = NewEndpoint(name="Hook", url="https://hooks.test/in", profile=Profile.CLOUDEVENTS)
    made = await there.do(lambda tx: endpoints.create(tx, new, "whsec_c2VjcmV0", owner))
    gone = Verdict(State.FAILED, reason="answered 410", gone=True)

    def unit(tx: Tx) -> bool:
        return endpoint_notices.follow(tx, made, failed(Health(), tx.now_ms, tx.now_ms), gone)

    async with telling(there):
        await there.do(unit)
        (got,) = await hook.wait_for(1)
    assert (got.data["title"], got.data["type"]) == (
        "[Critical] Endpoint disabled: Hook",
        "failure",
    )
    assert got.data["message"].endswith(f"\n\n{URL}/console/webhooks/{made.id}")

"""Who is told what and when, on each database."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from sqlalchemy import Table, func, select
from tests.clock import HeldClock
from tests.domain import Domain, domain
from tests.subscribed import DELIVERED, FAILED, REFUSED, UNWANTED, Readers, kinds, targets

from tocsin.app import bulletins, issues, outbox, pages, subscribing
from tocsin.app.outbox import LEASE_MS
from tocsin.app.pages import PageChanges
from tocsin.model.errors import Code, Refused
from tocsin.model.issue import NewUpdate
from tocsin.model.issue_edit import Changes
from tocsin.model.page import Visibility
from tocsin.model.subscriber import CONFIRMED_WITHIN, LOST_AFTER, Medium
from tocsin.store import bulletins as bulletin_rows
from tocsin.store import outbox as outbox_rows
from tocsin.store import subscribers as rows
from tocsin.store.tables import bulletins as bulletin_table
from tocsin.store.tables import opt_ins as opt_in_table

YOU, THEY = "you@example.org", "they@example.org"
HOOK = "https://receiver.example/hook"


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain on each database."""
    async with domain(url, clock) as there:
        yield there


@pytest.fixture
def readers(there: Domain) -> Readers:
    """Its subscribers."""
    return Readers(there)


# Who


async def test_all_of_a_page_hear_of_its_components_and_nobody_else(
    there: Domain, readers: Readers
) -> None:
    await there.make_page("shop")
    web, cart = await there.component("Web"), await there.component("Cart", page="shop")
    await readers.subscribe(YOU)
    await readers.subscribe(THEY, page="shop")

    await there.issue(web)
    assert await readers.told() == {YOU: ["created"]}
    await there.issue(cart)
    assert await readers.told() == {THEY: ["created"]}


async def test_who_chose_components_hears_of_these_alone(there: Domain, readers: Readers) -> None:
    web, api, mail = [await there.component(name) for name in ("Web", "API", "Mail")]
    await readers.subscribe(YOU, web, api)

    await there.issue(mail)
    assert await readers.told() == {}
    await there.issue(mail, api)
    assert await readers.told() == {YOU: ["created"]}


async def test_a_component_counts_only_while_the_page_shows_it(
    there: Domain, readers: Readers
) -> None:
    await there.make_page("shop")
    web = await there.component("Web")
    await readers.subscribe(YOU, web)
    wanted = PageChanges(groups=())
    await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), wanted))

    await there.issue(web)

    assert await readers.told() == {}


async def test_who_subscribes_later_does_not_hear_what_was_before(
    there: Domain, readers: Readers
) -> None:
    web = await there.component()
    await readers.subscribe(YOU)
    await there.issue(web)
    await readers.subscribe(THEY)
    assert await readers.told() == {YOU: ["created"]}


async def test_without_subscribers_nothing_is_written(there: Domain, readers: Readers) -> None:
    await there.issue(await there.component())
    await readers.subscribe(YOU)
    assert await readers.told() == {}


async def test_a_private_page_is_told_to_those_whom_its_present_token_let_in(
    there: Domain, readers: Readers
) -> None:
    async def rotate() -> None:
        await there.do(lambda tx: pages.rotate_bypass_token(tx, pages.get(tx.conn, "main")))

    web = await there.component()
    private = PageChanges(visibility=Visibility.PRIVATE)
    await readers.subscribe(YOU)
    await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), private))
    await readers.subscribe(THEY)
    issue = await there.issue(web)
    assert await readers.told() == {THEY: ["created"]}

    await there.update(issue)
    await readers.spread()
    await rotate()  # also what is in the outbox already
    there.clock.advance(readers.digest_s)
    assert await readers.told() == {}

    await readers.subscribe(YOU)
    await there.update(issue)
    assert await readers.told() == {YOU: ["updated"]}
    public = PageChanges(visibility=Visibility.PUBLIC)
    await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), public))
    there.clock.advance(readers.digest_s)
    await there.update(issue)
    assert await readers.told() == {YOU: ["updated"], THEY: ["updated"]}


async def test_only_media_that_are_served_are_written_to(there: Domain, readers: Readers) -> None:
    web = await there.component()
    await readers.subscribe(YOU)
    await readers.subscribe(HOOK, medium=Medium.WEBHOOK)
    readers.media = frozenset({Medium.WEBHOOK})
    await there.issue(web)
    assert await readers.told() == {}
    assert await readers.told(Medium.WEBHOOK) == {HOOK: ["created"]}


async def test_a_bulletin_reaches_everybody_however_many_they_are(
    there: Domain, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulletins, "BATCH", 2)
    web = await there.component()
    everybody = [f"reader{number}@example.org" for number in range(5)]
    for target in everybody:
        await readers.subscribe(target)
    await there.issue(web)
    assert await readers.told() == {target: ["created"] for target in everybody}


# What


async def test_every_turn_of_an_issue_is_told(there: Domain, readers: Readers) -> None:
    readers.digest_s = 0
    web = await there.component()
    await readers.subscribe(YOU)
    issue = await there.issue(web)
    await there.update(issue, "monitoring")
    await there.update(issue, "resolved")
    await there.update(issue, "investigating")
    assert await readers.told() == {YOU: ["created", "updated", "resolved", "reopened"]}


async def test_every_turn_of_maintenance_is_told(there: Domain, readers: Readers) -> None:
    readers.digest_s = 0
    web, clock = await there.component(), there.clock
    await readers.subscribe(YOU)
    work = await there.issue(web, starts_at=clock.now + 100, ends_at=clock.now + 200)
    moved = Changes(starts_at=clock.now + 150)
    await there.do(lambda tx: issues.edit(tx, issues.get(tx.conn, work), moved))
    clock.advance(200)
    await there.timers.catch_up()
    other = await there.issue(web, starts_at=clock.now + 100, ends_at=clock.now + 200)
    await there.do(lambda tx: issues.cancel(tx, issues.get(tx.conn, other), NewUpdate(tx.new_id())))
    told = ["announced", "rescheduled", "started", "ended", "announced", "cancelled"]
    assert await readers.told() == {YOU: told}


async def test_an_issue_that_is_deleted_is_not_told_of_any_more(
    there: Domain, readers: Readers
) -> None:
    web = await there.component()
    await readers.subscribe(YOU)
    mistake, kept = await there.issue(web), await there.issue(web)
    await readers.spread()
    await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, mistake)))
    (parcel,) = await readers.due()
    assert [bulletin.issue.id for bulletin in parcel.bulletins] == [kept]

    await readers.settle(parcel)
    there.clock.advance(readers.digest_s)
    another = await there.issue(web)
    await readers.spread()
    await there.do(lambda tx: issues.delete(tx, issues.get(tx.conn, another)))
    assert await there.store.read(outbox_rows.waiting) == {}


async def test_a_bulletin_is_the_issue_as_it_stood_then(there: Domain, readers: Readers) -> None:
    web = await there.component("Web")
    await readers.subscribe(YOU)
    issue = await there.issue(web)
    await there.update(issue, "resolved", body="Fine.")
    (parcel,) = await readers.due()
    first, second = parcel.bulletins
    assert first.issue.standing
    assert first.update is None
    assert not second.issue.standing
    assert second.update is not None
    assert second.update.body == "Fine."
    assert [first.sequence, second.sequence] == [
        event.sequence for change in there.changes for event in change if "issue" in event.topic
    ]
    assert parcel.names == {web: "Web"}


# When


async def test_the_first_mail_goes_at_once_and_what_follows_becomes_one(
    there: Domain, readers: Readers
) -> None:
    web = await there.component()
    await readers.subscribe(YOU)
    issue = await there.issue(web)
    assert await readers.told() == {YOU: ["created"]}
    for label in ("monitoring", "resolved", "investigating", "resolved"):
        there.clock.advance(10)
        await there.update(issue, label)
        assert await readers.told() == {}

    there.clock.advance(readers.digest_s - 41)
    assert await readers.told() == {}
    there.clock.advance(1)
    assert await readers.told() == {YOU: ["updated", "resolved", "reopened", "resolved"]}

    await there.update(issue)
    there.clock.advance(readers.digest_s - 1)
    assert await readers.told() == {}
    there.clock.advance(1)
    assert await readers.told() == {YOU: ["reopened"]}


async def test_what_happens_while_a_mail_is_being_sent_goes_into_the_next(
    there: Domain, readers: Readers
) -> None:
    web = await there.component()
    await readers.subscribe(YOU)
    issue = await there.issue(web)
    (first,) = await readers.due()
    await there.update(issue)
    assert await readers.due() == []
    await readers.settle(first, FAILED)
    assert await readers.due() == []
    there.clock.advance(10)
    (again,) = await readers.due()
    assert (again.id, kinds(again), again.tries) == (first.id, ["created"], 2)
    await readers.settle(again)
    there.clock.advance(readers.digest_s)
    assert await readers.told() == {YOU: ["updated"]}


async def test_webhooks_are_told_each_turn_by_itself_in_order(
    there: Domain, readers: Readers
) -> None:
    web = await there.component()
    await readers.subscribe(HOOK, medium=Medium.WEBHOOK)
    issue = await there.issue(web)
    await there.update(issue)
    (first,) = await readers.due(Medium.WEBHOOK)
    assert kinds(first) == ["created"]
    await readers.settle(first, FAILED)
    assert await readers.due(Medium.WEBHOOK) == []  # the next waits behind it
    there.clock.advance(10)
    (again,) = await readers.due(Medium.WEBHOOK)
    assert again.id == first.id
    await readers.settle(again)
    (second,) = await readers.due(Medium.WEBHOOK)
    assert kinds(second) == ["updated"]


async def test_one_that_fails_holds_up_nobody_else(there: Domain, readers: Readers) -> None:
    web = await there.component()
    other = "https://other.example/hook"
    for hook in (HOOK, other):
        await readers.subscribe(hook, medium=Medium.WEBHOOK)
    issue = await there.issue(web)
    for parcel in await readers.due(Medium.WEBHOOK):
        await readers.settle(parcel, FAILED if parcel.to.target == HOOK else DELIVERED)
    await there.update(issue)
    assert targets(await readers.due(Medium.WEBHOOK)) == [other]


# Taking and settling


async def test_what_is_being_sent_is_taken_by_nobody_else_until_its_sender_is_lost(
    there: Domain, readers: Readers
) -> None:
    await readers.subscribe(YOU)
    await there.issue(await there.component())
    (taken,) = await readers.due()
    there.clock.advance(LEASE_MS / 1_000 - 1)
    assert await readers.due() == []
    there.clock.advance(1)
    busy = partial(outbox.claim, medium=Medium.EMAIL, limit=10, busy={taken.id})
    assert await there.do(busy) == []
    (again,) = await readers.due()
    assert again.id == taken.id


async def test_so_many_are_taken_at_once_and_the_earliest_first(
    there: Domain, readers: Readers
) -> None:
    for number in range(5):
        await readers.subscribe(f"reader{number}@example.org")
    await there.issue(await there.component())
    taken = [target for _ in range(3) for target in targets(await readers.due(limit=2))]
    assert taken == [f"reader{number}@example.org" for number in range(5)]


async def test_whoever_asks_for_confirmation_goes_before_all_news(
    there: Domain, readers: Readers
) -> None:
    await readers.subscribe(YOU)
    await there.issue(await there.component())
    await readers.spread()
    await readers.ask(THEY)
    assert targets(await readers.due(limit=1)) == [THEY]


async def test_one_that_failed_for_the_last_time_is_given_up(
    there: Domain, readers: Readers
) -> None:
    subscriber = await readers.subscribe(YOU)
    await there.issue(await there.component())
    for wait_s in (10, 100):
        (parcel,) = await readers.due()
        assert await readers.settle(parcel, FAILED) == FAILED
        there.clock.advance(wait_s)
    (parcel,) = await readers.due()
    assert (await readers.settle(parcel, FAILED)).reason == "it failed, 3 times"
    assert await there.store.read(outbox_rows.waiting) == {}
    kept = await there.store.read(lambda conn: rows.find(conn, subscriber.id))
    assert kept is not None
    assert kept.failing_since == there.clock.now


async def test_a_success_makes_up_for_what_failed_and_days_of_failing_do_not(
    there: Domain, readers: Readers
) -> None:
    readers.digest_s = 0
    subscriber = await readers.subscribe(YOU)
    web = await there.component()
    since = there.clock.now

    async def failing_since() -> int | None:
        kept = await there.store.read(lambda conn: rows.find(conn, subscriber.id))
        assert kept is not None
        return kept.failing_since

    for attempt, noted in ((REFUSED, since), (REFUSED, since), (DELIVERED, None)):
        await there.issue(web)
        (parcel,) = await readers.due()
        await readers.settle(parcel, attempt)
        assert await failing_since() == noted

    for advance in (0, LOST_AFTER - 1, 1):
        there.clock.advance(advance)
        await there.issue(web)
        (parcel,) = await readers.due()
        await readers.settle(parcel, REFUSED)
    assert await there.store.read(lambda conn: rows.find(conn, subscriber.id)) is None


async def test_one_that_wants_no_more_is_forgotten_with_all_that_waits(
    there: Domain, readers: Readers
) -> None:
    await readers.subscribe(HOOK, medium=Medium.WEBHOOK)
    web = await there.component()
    await there.issue(web)
    (parcel,) = await readers.due(Medium.WEBHOOK)
    await there.issue(web)
    await readers.spread()
    await readers.settle(parcel, UNWANTED)
    assert await there.store.read(outbox_rows.waiting) == {}
    assert await there.store.read(lambda conn: rows.newest(conn, 9, None)) == []
    await readers.settle(parcel)  # a late word about somebody who is gone


async def test_the_next_time_is_that_of_the_first_that_does_not_wait_behind_another(
    there: Domain, readers: Readers
) -> None:
    async def next_ms() -> int | None:
        return await there.store.read(lambda conn: outbox_rows.next_due_ms(conn, Medium.WEBHOOK))

    assert await next_ms() is None
    await readers.subscribe(HOOK, medium=Medium.WEBHOOK)
    web = await there.component()
    await there.issue(web)
    await there.issue(web)
    (parcel,) = await readers.due(Medium.WEBHOOK)
    await readers.settle(parcel, FAILED)
    assert await next_ms() == there.clock.now_ms() + 10_000


# Opting in


async def test_asking_sends_a_mail_and_subscribes_nobody(there: Domain, readers: Readers) -> None:
    web = await there.component("Web")
    asked = await readers.ask(YOU, web)
    (parcel,) = await readers.due()
    assert parcel.to == asked
    assert parcel.names == {web: "Web"}
    await readers.settle(parcel)
    await there.issue(web)
    assert await readers.told() == {}


async def test_confirming_twice_subscribes_once(there: Domain, readers: Readers) -> None:
    asked = await readers.ask(YOU)
    first = await there.do(subscribing.confirm(asked.token))
    again = await there.do(subscribing.confirm(asked.token))
    assert again.subscriber == first.subscriber
    assert len(await there.store.read(lambda conn: rows.newest(conn, 9, None))) == 1
    assert await readers.due() == []  # nobody is asked what he has answered


async def test_asking_again_changes_the_choice_once_it_is_confirmed_and_keeps_the_links(
    there: Domain, readers: Readers
) -> None:
    web, api = await there.component("Web"), await there.component("API")
    first = await readers.subscribe(YOU, web)
    asked = await readers.ask(YOU, api)
    kept = await there.store.read(lambda conn: rows.find(conn, first.id))
    assert kept == first
    renewed = (await there.do(subscribing.confirm(asked.token))).subscriber
    assert renewed.choice == frozenset({api})
    assert (renewed.id, renewed.token, renewed.created_at) == (
        first.id,
        first.token,
        first.created_at,
    )


async def test_a_webhook_that_is_confirmed_again_gets_the_new_secret(
    there: Domain, readers: Readers
) -> None:
    first = await readers.subscribe(HOOK, medium=Medium.WEBHOOK)
    wish = subscribing.Wish("main", Medium.WEBHOOK, HOOK, None)
    asked = await there.do(subscribing.ask(wish, subscribing.Keys("another", "whsec_bmV3")))
    renewed = (await there.do(subscribing.confirm(asked.token))).subscriber
    assert (renewed.id, renewed.secret) == (first.id, "whsec_bmV3")


async def test_an_opt_in_is_good_for_a_day(there: Domain, readers: Readers) -> None:
    asked = await readers.ask(YOU)
    there.clock.advance(CONFIRMED_WITHIN + 1)
    with pytest.raises(Refused) as refused:
        await there.do(subscribing.confirm(asked.token))
    assert refused.value.code is Code.NOT_FOUND


async def test_a_link_of_a_subscription_that_ended_makes_no_new_one(
    there: Domain, readers: Readers
) -> None:
    subscriber = await readers.subscribe(YOU)
    await there.do(subscribing.stop(subscriber.token))
    with pytest.raises(Refused) as refused:
        await there.do(subscribing.confirm(subscriber.token))
    assert refused.value.code is Code.NOT_FOUND
    await there.do(subscribing.stop(subscriber.token))  # as good as done


async def test_one_mailbox_gets_few_letters_an_hour_and_the_answer_is_the_same(
    there: Domain, readers: Readers
) -> None:
    tagged = ["you@example.org", "you+a@example.org", "you+b@example.org", "you+c@example.org"]
    asked = [await readers.ask(target) for target in tagged]
    assert len({type(one) for one in asked}) == 1
    parcels = await readers.due()
    assert targets(parcels) == tagged[:3]
    for parcel in parcels:
        await readers.settle(parcel)
    there.clock.advance(3_601)
    await readers.ask(YOU)
    assert targets(await readers.due()) == [YOU]


async def test_one_host_gets_few_challenges_an_hour(there: Domain, readers: Readers) -> None:
    for number in range(subscribing.CHALLENGES_AN_HOUR):
        asked = await readers.ask(f"{HOOK}/{number}", medium=Medium.WEBHOOK)
        begun = await there.do(subscribing.begin_challenge(asked.token))
        assert begun.opt_in.tries == 1
    with pytest.raises(Refused) as refused:
        await there.do(subscribing.begin_challenge(asked.token))
    assert refused.value.code is Code.TOO_MANY_REQUESTS


async def test_components_of_other_pages_cannot_be_chosen(there: Domain, readers: Readers) -> None:
    await there.make_page("shop")
    elsewhere = await there.component("Cart", page="shop")
    subscriber = await readers.subscribe(YOU)
    with pytest.raises(Refused) as refused:
        await readers.ask(YOU, elsewhere)
    assert refused.value.code is Code.INVALID
    with pytest.raises(Refused) as refused:
        await there.do(subscribing.choose(subscriber.token, frozenset({elsewhere})))
    assert refused.value.code is Code.INVALID
    with pytest.raises(Refused) as refused:
        await readers.ask(YOU, page="missing")
    assert refused.value.code is Code.NOT_FOUND


async def test_choosing_is_for_those_who_may_see_the_page(there: Domain, readers: Readers) -> None:
    web = await there.component()
    subscriber = await readers.subscribe(YOU)
    chosen = await there.do(subscribing.choose(subscriber.token, frozenset({web})))
    assert chosen.subscriber.choice == frozenset({web})
    assert (await there.do(subscribing.choose(subscriber.token, None))).subscriber.choice is None

    private = PageChanges(visibility=Visibility.PRIVATE)
    await there.do(lambda tx: pages.edit(tx, pages.get(tx.conn, "main"), private))
    with pytest.raises(Refused) as refused:
        await there.do(subscribing.choose(subscriber.token, None))
    assert refused.value.code is Code.FORBIDDEN


# Forgetting


async def test_what_serves_no_purpose_any_more_is_forgotten(
    there: Domain, readers: Readers
) -> None:
    web, gone = await there.component(), await there.component("Gone")
    await readers.subscribe(YOU)
    aimless = await readers.subscribe(THEY, gone)
    await there.delete_component(gone)
    await there.issue(web)
    await readers.told()
    waiting = await there.issue(web)
    await readers.spread()
    there.clock.advance(CONFIRMED_WITHIN + 1)
    await readers.ask("late@example.org")

    assert await there.do(subscribing.forget) > 0
    assert await there.do(subscribing.forget) == 0

    async def count(table: Table) -> int:
        query = select(func.count()).select_from(table)
        return await there.store.read(lambda conn: conn.execute(query).scalar_one())

    assert await there.store.read(lambda conn: rows.find(conn, aimless.id)) is None
    assert await count(opt_in_table) == 1
    assert await count(bulletin_table) == 1
    (parcel,) = [one for one in await readers.due() if one.to.target == YOU]
    assert [bulletin.issue.id for bulletin in parcel.bulletins] == [waiting]


async def test_with_a_page_its_subscribers_go_and_everything_for_them(
    there: Domain, readers: Readers
) -> None:
    await there.make_page("shop")
    cart = await there.component("Cart", page="shop")
    await readers.subscribe(YOU, cart, page="shop")
    await readers.ask(THEY, page="shop")
    await there.issue(cart)
    await readers.spread()
    await there.do(lambda tx: pages.delete(tx, pages.get(tx.conn, "shop")))
    assert await there.store.read(lambda conn: rows.newest(conn, 9, None)) == []
    assert await there.store.read(outbox_rows.waiting) == {}
    assert await there.store.read(bulletin_rows.oldest_spreading) is None


async def test_subscribers_leave_no_trace_in_the_log(there: Domain, readers: Readers) -> None:
    head = there.store.head
    subscriber = await readers.subscribe(YOU)
    await there.do(subscribing.remove(subscriber.id))
    assert there.store.head == head
    with pytest.raises(Refused):
        await there.do(subscribing.remove(subscriber.id))

"""Tickets on each database: for how long, for which run, and with whom they end."""

from functools import partial

import pytest
from tests.clock import HeldClock

from tocsin.app import operations, sessions, tickets, tokens, users
from tocsin.app.inbox_places import Asked
from tocsin.app.sessions import CONSOLE
from tocsin.app.tickets import GOOD_S, KEPT_S, Tickets
from tocsin.app.tokens import NewToken
from tocsin.app.users import NewUser
from tocsin.model.access import Role, Scope
from tocsin.model.errors import Code, Refused
from tocsin.model.inbox import Follow, Place, Wait, Without
from tocsin.model.operation import Open, Outcome, Tell
from tocsin.store import tickets as rows
from tocsin.store.store import Store, StoreUnavailable

SECRET = "the ticket"
MESSAGE = b'{"body":"","level":""}'


@pytest.fixture
async def token_id(store: Store) -> str:
    """A token to make tickets with."""
    new = NewToken("ci", frozenset({Scope.READ}))
    return (await store.change(lambda tx: tokens.create(tx, new, "token"))).value.id


@pytest.fixture
def known(store: Store, clock: HeldClock) -> Tickets:
    """What recognises tickets."""
    return Tickets(store, clock)


async def make(store: Store, owner: str, secret: str = SECRET) -> None:
    await store.change(partial(tickets.make, operation_id="web", owner=owner, secret=secret))


async def use(known: Tickets, *, run: str = "", seen: str = "") -> Place:
    """What the ticket gives; only a ticket that is good may be used."""
    ticket = await known.find(SECRET, "web")
    assert ticket is not None
    return await known.place(ticket, Asked("web", run, seen))


async def opened(store: Store) -> int:
    """Open a run with one message in it; the sequence of its opening."""
    await store.change(lambda tx: operations.apply(tx, [Open("web"), Tell("web", (MESSAGE,))]))
    return store.head - 1


async def closed(store: Store) -> int:
    """Close the run; the sequence of that."""
    await store.change(lambda tx: operations.finish(tx, "web", Outcome.SUCCESS))
    return store.head


def at(store: Store, sequence: int) -> str:
    return str(store.position(sequence))


async def test_a_ticket_has_to_be_used_within_a_minute(
    store: Store, clock: HeldClock, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    clock.advance(GOOD_S - 1)
    assert await known.find(SECRET, "web") is not None
    clock.advance(1)
    assert await known.find(SECRET, "web") is None


async def test_a_ticket_is_for_its_stream_alone_and_has_the_owner_that_made_it(
    store: Store, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    assert await known.find(SECRET, "other") is None
    assert await known.find("another secret", "web") is None
    found = await known.find(SECRET, "web")
    assert found is not None
    assert found.owner == token_id


async def test_a_ticket_that_waited_is_for_the_run_that_came_and_for_no_other(
    store: Store, clock: HeldClock, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    waiting = await use(known)
    assert waiting == Wait(store.head)
    clock.advance(GOOD_S)
    assert isinstance(await use(known), Wait)
    first = await opened(store)
    place = await use(known)
    assert isinstance(place, Follow)
    assert (place.run.number, place.after) == (1, first)
    end = await closed(store)
    assert await use(known) is Without.RIGHT
    assert await use(known, seen=at(store, first + 1)) is Without.REST
    assert await use(known, seen=at(store, end)) is Without.RIGHT
    again = await use(known, seen=at(store, waiting.after))
    assert isinstance(again, Follow)
    assert (again.run.number, again.after) == (1, first)
    await opened(store)
    assert await use(known) is Without.RIGHT
    assert await use(known, run="last") is Without.RIGHT
    rest = await use(known, seen=at(store, first))
    assert isinstance(rest, Follow)
    assert rest.run.number == 1


async def test_a_ticket_for_an_open_run_gives_it_until_it_is_closed(
    store: Store, known: Tickets, token_id: str
) -> None:
    first = await opened(store)
    await make(store, token_id)
    for seen, after in (("", first), (at(store, first + 1), first + 1), ("never", first)):
        place = await use(known, seen=seen)
        assert isinstance(place, Follow)
        assert place.after == after
    await closed(store)
    assert await use(known) is Without.RIGHT


async def test_a_ticket_first_used_for_an_earlier_run_is_for_that_one(
    store: Store, known: Tickets, token_id: str
) -> None:
    first = await opened(store)
    await closed(store)
    await opened(store)
    await make(store, token_id)
    assert await use(known, run="3") is Without.RUN
    place = await use(known, run="1")
    assert isinstance(place, Follow)
    assert (place.run.number, place.after) == (1, first)
    assert await use(known, run="1") is Without.RIGHT
    assert await use(known, run="2", seen=at(store, first)) is Without.RIGHT
    assert await use(known, run="1", seen=at(store, first + 1)) is Without.REST


async def test_a_ticket_does_not_pass_from_a_forgotten_run_to_the_next(
    store: Store, clock: HeldClock, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    await use(known)
    first = await opened(store)
    await closed(store)
    await store.change(partial(operations.forget_closed, before=clock.now))
    assert await use(known, seen=at(store, first)) is Without.RIGHT
    await opened(store)
    assert await use(known) is Without.RIGHT
    assert await use(known, seen=at(store, first)) is Without.RIGHT


async def test_two_who_use_a_new_ticket_at_once_are_in_one_run(
    store: Store, known: Tickets, token_id: str
) -> None:
    first = await opened(store)
    await make(store, token_id)
    unused = await known.find(SECRET, "web")
    assert unused is not None
    await known.place(unused, Asked("web", "", ""))
    await closed(store)
    await opened(store)
    assert await known.place(unused, Asked("web", "", "")) is Without.RIGHT
    rest = await known.place(unused, Asked("web", "", at(store, first)))
    assert isinstance(rest, Follow)
    assert rest.run.number == 1


async def test_a_ticket_ends_with_the_token_that_made_it(
    store: Store, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    ticket = await known.find(SECRET, "web")
    assert ticket is not None
    await store.change(lambda tx: tokens.delete(tx, token_id))
    assert await known.find(SECRET, "web") is None
    assert await known.place(ticket, Asked("web", "", "")) is Without.RIGHT


async def test_a_ticket_ends_with_the_session_that_made_it(
    store: Store, clock: HeldClock, known: Tickets
) -> None:
    new = NewUser("ann@example.org", "Ann", Role.VIEWER)
    ann = (await store.change(lambda tx: users.create(tx, new, "hash"))).value

    async def ticket() -> str:
        begin = partial(sessions.begin, owner=ann.id, kind=CONSOLE, secret=CONSOLE.new_secret())
        session_id = (await store.change(begin)).value.principal.id
        await make(store, session_id)
        found = await known.find(SECRET, "web")
        assert found is not None
        assert found.owner == session_id
        await use(known)
        return session_id

    session_id = await ticket()
    await store.change(partial(sessions.end, session_id=session_id))
    assert await known.find(SECRET, "web") is None
    await ticket()
    clock.advance(CONSOLE.lifetime_s)
    assert await known.find(SECRET, "web") is None


async def test_nobody_who_is_gone_gets_a_ticket(store: Store, token_id: str) -> None:
    await store.change(lambda tx: tokens.delete(tx, token_id))
    with pytest.raises(Refused) as refused:
        await make(store, token_id)
    assert refused.value.code is Code.UNAUTHORIZED


async def test_tickets_are_forgotten_when_nobody_uses_them(
    store: Store, clock: HeldClock, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    await make(store, token_id, "never used")
    await opened(store)
    await use(known)
    assert (await store.change(rows.forget)).value == 0
    clock.advance(GOOD_S)
    assert (await store.change(rows.forget)).value == 1
    clock.advance(KEPT_S)
    assert (await store.change(rows.forget)).value == 0, "its operation is open"
    await closed(store)
    assert (await store.change(rows.forget)).value == 1
    assert await known.find(SECRET, "web") is None


async def test_a_ticket_that_is_used_again_is_kept_on(
    store: Store, clock: HeldClock, known: Tickets, token_id: str
) -> None:
    await make(store, token_id)
    for _ in range(4):
        await use(known)
        clock.advance(KEPT_S * 3 // 4)
        assert (await store.change(rows.forget)).value == 0


async def test_a_used_ticket_is_good_also_while_nothing_can_be_written(
    store: Store,
    clock: HeldClock,
    known: Tickets,
    token_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await make(store, token_id)
    await use(known)
    clock.advance(KEPT_S)

    def full(unit: object) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(store, "change", full)
    assert isinstance(await use(known), Wait)

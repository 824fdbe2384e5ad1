"""Sessions, the ways to them, and the addresses that fail too often, on each database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_network

import pytest
from tests.clock import HeldClock

from tocsin.app import tokens, users
from tocsin.app.access import Access
from tocsin.app.passwords import hashed
from tocsin.app.sessions import CONSOLE, NOTICES, SignedIn
from tocsin.app.sign_in import SignIn
from tocsin.app.throttle import TooOften
from tocsin.app.tokens import NewToken
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.app.users import NewUser, UserChanges
from tocsin.model.access import SCOPES, Principal, Role, Scope
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Change
from tocsin.model.sign_in import Limit
from tocsin.store import sign_in_failures
from tocsin.store.store import Store, StoreUnavailable, open_store
from tocsin.store.tables import sessions
from tocsin.store.users import User

ANN = NewUser("ann@example.org", "Ann", Role.RESPONDER)
PASSWORD = "ann's secret"
HERE, THERE = "192.0.2.1", "2001:db8::1"


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of Ann's password; made once, since it takes its time."""
    return asyncio.run(hashed(PASSWORD))


@pytest.fixture
async def ann(store: Store, password_hash: str) -> User:
    """A user, beside the token `admin`."""
    admin = NewToken("admin", frozenset({Scope.ADMIN}))
    await store.change(lambda tx: tokens.create(tx, admin, "admin"))
    return (await store.change(lambda tx: users.create(tx, ANN, password_hash))).value


@pytest.fixture
def access(store: Store, clock: HeldClock) -> Access:
    """Who is recognised."""
    access = Access(store, clock)

    def committed(changes: Sequence[Change]) -> None:
        for change in changes:
            access.on_change(change)

    store.on_commit = committed
    return access


class Desk(SignIn):
    """Where to sign in; what was ended is noted."""

    def __init__(self, store: Store, access: Access, clock: HeldClock) -> None:
        self.ended: list[str] = []
        super().__init__(
            store,
            access,
            clock,
            limit=Limit(max_failures=3, block_s=3_600, forget_s=600),
            exempt=[ip_network("127.0.0.0/8")],
            end=self.ended.append,
        )

    async def ann(self, address: str = HERE, password: str = PASSWORD) -> SignedIn:
        """Sign Ann in."""
        return await self.with_password(address, ANN.email, password, CONSOLE)


@pytest.fixture
def desk(store: Store, access: Access, clock: HeldClock, ann: User) -> Desk:
    """Where to sign in."""
    return Desk(store, access, clock)


async def refused(attempt: Awaitable[object]) -> Code:
    """Why an attempt was refused."""
    with pytest.raises(Refused) as refusal:
        await attempt
    return refusal.value.code


async def wait_s(desk: SignIn, address: str) -> int:
    """For how long the address is refused."""
    try:
        await desk.check(address)
    except TooOften as refusal:
        return refusal.wait_s
    return 0


async def test_a_session_acts_for_its_user(desk: Desk, access: Access, ann: User) -> None:
    secret, principal = await desk.with_password(HERE, "ANN@example.org", PASSWORD, NOTICES)
    assert len(secret) == 20
    assert secret.isalnum()
    assert secret.isascii()
    assert principal == Principal(
        principal.id, "Ann", ann.id, ann.person_id, SCOPES[Role.RESPONDER], 900
    )
    assert principal.id.startswith(f"{ann.id}-")
    assert await access.principal(secret) == principal


async def test_its_secret_is_not_stored(desk: Desk, store: Store) -> None:
    secret, _ = await desk.ann()
    rows = await store.read(lambda conn: conn.execute(sessions.select()).all())
    assert secret not in str(rows)
    assert len(rows) == 1


@pytest.mark.parametrize("email", ["bob@example.org", "", "ann\0@example.org"])
async def test_an_unknown_user_is_refused(desk: Desk, email: str) -> None:
    wrong = desk.with_password(HERE, email, PASSWORD, CONSOLE)
    assert await refused(wrong) is Code.UNAUTHORIZED


async def test_a_user_whose_hash_is_none_is_refused(desk: Desk, store: Store, ann: User) -> None:
    changes = UserChanges(password_hash="hash")
    await store.change(lambda tx: users.edit(tx, ann, changes))
    assert await refused(desk.ann(password="hash")) is Code.UNAUTHORIZED


async def test_a_session_for_a_token_has_its_rights_and_ends_with_it(
    desk: Desk, access: Access, store: Store
) -> None:
    new = NewToken("reader", frozenset({Scope.READ}))
    token = (await store.change(lambda tx: tokens.create(tx, new, "secret"))).value
    secret, principal = await desk.with_token(HERE, "secret", NOTICES)
    assert principal.id.startswith(f"{token.id}-")
    assert (principal.scopes, principal.user_id) == (token.scopes, None)
    assert await access.principal(secret) == principal
    await store.change(lambda tx: tokens.delete(tx, token.id))
    assert await access.principal(secret) is None


async def test_a_session_of_the_kind_goes_on_in_place_of_another(
    desk: Desk, access: Access, clock: HeldClock
) -> None:
    signed_in = await desk.with_password(HERE, ANN.email, PASSWORD, NOTICES)
    clock.advance(800)
    assert await desk.with_token(HERE, signed_in.secret, NOTICES) == signed_in
    clock.advance(800)
    assert await access.principal(signed_in.secret)


async def test_a_session_begun_with_another_ends_with_it(
    desk: Desk, access: Access, store: Store
) -> None:
    console = await desk.ann()
    other = await desk.ann()
    begun = await desk.with_token(HERE, console.secret, NOTICES)
    assert begun.principal.scopes == console.principal.scopes
    await desk.out(console.principal)
    assert desk.ended == [console.principal.id]
    assert begun.principal.id.startswith(f"{console.principal.id}-")
    assert await access.principal(console.secret) is None
    assert await access.principal(begun.secret) is None
    assert await access.principal(other.secret)


@pytest.mark.parametrize("secret", ["", "a guess"])
async def test_an_unknown_token_is_refused_and_counted(desk: Desk, secret: str) -> None:
    for _ in range(3):
        assert await refused(desk.with_token(HERE, secret, NOTICES)) is Code.UNAUTHORIZED
    assert await refused(desk.with_token(HERE, "admin", NOTICES)) is Code.TOO_MANY_REQUESTS


async def test_a_user_proven_otherwise_is_signed_in_unless_deleted(
    desk: Desk, access: Access, store: Store, ann: User
) -> None:
    secret, principal = await desk.as_user(HERE, ann.id, NOTICES)
    assert await access.principal(secret) == principal
    await store.change(lambda tx: users.delete(tx, ann.id))
    assert await access.principal(secret) is None
    assert await refused(desk.as_user(HERE, ann.id, NOTICES)) is Code.UNAUTHORIZED


async def test_a_session_expires_after_its_last_use(
    desk: Desk, access: Access, clock: HeldClock
) -> None:
    secret, _ = await desk.with_password(HERE, ANN.email, PASSWORD, NOTICES)
    for _ in range(3):
        clock.advance(899)
        assert await access.principal(secret)
    clock.advance(900)
    assert await access.principal(secret) is None


async def test_a_use_is_written_down_only_now_and_then(
    desk: Desk, access: Access, clock: HeldClock, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = await desk.with_password(HERE, ANN.email, PASSWORD, NOTICES)
    changed, change = [], store.change

    def counted(unit: Callable[..., object]) -> Awaitable[object]:
        changed.append(unit)
        return change(unit)

    monkeypatch.setattr(store, "change", counted)
    for _ in range(90):
        clock.advance(1)
        assert await access.principal(secret)
    assert len(changed) == 2


async def test_a_session_is_good_also_while_nothing_can_be_written(
    desk: Desk, access: Access, clock: HeldClock, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = await desk.ann()
    clock.advance(3_600)

    def full(unit: object) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(store, "change", full)
    assert await access.principal(secret)


async def test_a_password_changed_meanwhile_signs_nobody_in(
    desk: Desk, store: Store, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = store.read

    async def read_then_changed(query: Callable[..., object]) -> object:
        found = await read(query)
        changes = UserChanges(password_hash="another")
        await store.change(lambda tx: users.edit(tx, ann, changes))
        return found

    monkeypatch.setattr(store, "read", read_then_changed)
    assert await refused(desk.ann()) is Code.UNAUTHORIZED
    rows = await read(lambda conn: conn.execute(sessions.select()).all())
    assert rows == []


async def test_a_new_password_ends_what_was_signed_in_with_the_old_one(
    desk: Desk, access: Access, store: Store, ann: User, password_hash: str
) -> None:
    new = NewToken("hers", frozenset({Scope.READ}), ann.id)
    await store.change(lambda tx: tokens.create(tx, new, "hers"))
    console = await desk.ann()
    notices = await desk.with_token(HERE, console.secret, NOTICES)
    changes = UserChanges(password_hash=password_hash)
    await store.change(lambda tx: users.edit(tx, ann, changes))
    assert await access.principal(console.secret) is None
    assert await access.principal(notices.secret) is None
    assert await access.principal("hers")


async def test_all_ways_of_signing_in_count_together(desk: Desk) -> None:
    assert await refused(desk.ann(password="wrong")) is Code.UNAUTHORIZED
    assert await refused(desk.with_token(HERE, "wrong", NOTICES)) is Code.UNAUTHORIZED
    assert await wait_s(desk, HERE) == 0
    await desk.failed(HERE)
    assert await wait_s(desk, HERE) == 3_600
    assert await refused(desk.ann()) is Code.TOO_MANY_REQUESTS
    assert await refused(desk.with_token(HERE, "admin", NOTICES)) is Code.TOO_MANY_REQUESTS
    await desk.ann(THERE)


async def test_asking_while_blocked_makes_it_no_longer(desk: Desk, clock: HeldClock) -> None:
    for _ in range(3):
        await desk.failed(HERE)
    clock.advance(3_599)
    assert await refused(desk.ann(password="wrong")) is Code.TOO_MANY_REQUESTS
    clock.advance(1)
    await desk.ann()


async def test_a_success_or_ten_minutes_forget_the_failures(desk: Desk, clock: HeldClock) -> None:
    for _ in range(2):
        await desk.failed(HERE)
    await desk.ann()
    for _ in range(2):
        await desk.failed(HERE)
    clock.advance(600)
    for _ in range(2):
        await desk.failed(HERE)
    assert await wait_s(desk, HERE) == 0


async def test_a_customer_counts_as_one_address(desk: Desk) -> None:
    for last in (1, 2, 3):
        await desk.failed(f"2001:db8::{last}")
    assert await wait_s(desk, "2001:db8::ffff") == 3_600
    assert await wait_s(desk, "2001:db8:0:1::1") == 0


async def test_an_exempt_address_is_never_refused(desk: Desk, store: Store) -> None:
    for _ in range(5):
        assert await refused(desk.ann("127.0.0.1", "wrong")) is Code.UNAUTHORIZED
    assert await wait_s(desk, "127.0.0.1") == 0
    assert await store.read(lambda conn: sign_in_failures.find(conn, "127.0.0.1")) is None


async def test_many_attempts_at_once_are_not_more_tries(desk: Desk) -> None:
    attempts = [refused(desk.with_token(HERE, "wrong", NOTICES)) for _ in range(10)]
    codes = await asyncio.gather(*attempts)
    assert codes.count(Code.UNAUTHORIZED) == 3
    assert codes.count(Code.TOO_MANY_REQUESTS) == 7


async def test_upkeep_removes_what_counts_no_longer(
    desk: Desk, store: Store, clock: HeldClock, access: Access
) -> None:
    short = await desk.with_password(HERE, ANN.email, PASSWORD, NOTICES)
    long = await desk.ann()
    for address in (HERE, HERE, HERE, THERE):
        await desk.failed(address)
    upkeep = Upkeep(store, Retention(0, 0))
    clock.advance(900)
    await upkeep.prune()
    assert await wait_s(desk, HERE) == 2_700
    rows = await store.read(lambda conn: conn.execute(sessions.select()).all())
    assert [row.id for row in rows] == [long.principal.id]
    assert await access.principal(short.secret) is None
    clock.advance(24 * 3_600)
    await upkeep.prune()
    assert await store.read(lambda conn: conn.execute(sessions.select()).all()) == []
    assert await store.read(lambda conn: sign_in_failures.find(conn, "2001:db8::/64")) is None
    assert await store.read(lambda conn: sign_in_failures.find(conn, HERE)) is None


@pytest.fixture
async def restarted(url: str, clock: HeldClock, store: Store) -> AsyncIterator[Store]:
    """The same store, as another process finds it."""
    again = open_store(url, clock)
    yield again
    await again.stop()


async def test_sessions_and_blocks_outlive_the_process(
    desk: Desk, store: Store, restarted: Store, clock: HeldClock
) -> None:
    secret, principal = await desk.ann()
    for _ in range(3):
        await desk.failed(THERE)
    await store.stop()
    await restarted.start()
    access = Access(restarted, clock)
    assert await access.principal(secret) == principal
    assert await wait_s(Desk(restarted, access, clock), THERE) == 3_600

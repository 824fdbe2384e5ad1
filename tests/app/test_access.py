"""Which principal a secret stands for, and for how long that is remembered."""

from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection
from tests.clock import HeldClock

from tocsin.app import tokens, users
from tocsin.app.access import Access
from tocsin.app.tokens import NewToken
from tocsin.app.users import NewUser, UserChanges
from tocsin.model.access import Principal, Role, Scope
from tocsin.model.event import Change
from tocsin.model.owner import taken
from tocsin.store.store import Store, open_store

T = TypeVar("T")
READER = NewToken("reader", frozenset({Scope.READ}))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A new store."""
    store = open_store(f"sqlite:///{tmp_path}/tocsin.db", HeldClock())
    await store.start()
    yield store
    await store.stop()


class CountedReads:
    """Counts the store's reads."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.after: Callable[[], object] = lambda: None
        read = store.read

        async def counted(query: Callable[[Connection], T]) -> T:
            self.count += 1
            found = await read(query)
            self.after()
            return found

        monkeypatch.setattr(store, "read", counted)


@pytest.fixture
def reads(store: Store, monkeypatch: pytest.MonkeyPatch) -> CountedReads:
    """The reads of the store from here on."""
    return CountedReads(store, monkeypatch)


async def test_a_token_is_read_once_and_remembered(store: Store, reads: CountedReads) -> None:
    made = (await store.change(lambda tx: tokens.create(tx, READER, "secret"))).value
    access = Access(store, HeldClock())
    wanted = Principal(made.id, "reader", None, made.person_id, frozenset({Scope.READ}))
    assert await access.principal("secret") == wanted
    assert await access.principal("secret") == wanted
    assert reads.count == 1


async def test_a_guess_is_remembered_nowhere(store: Store, reads: CountedReads) -> None:
    access = Access(store, HeldClock())
    assert await access.principal("guess") is None
    await store.change(lambda tx: tokens.create(tx, READER, "guess"))
    assert await access.principal("guess")
    assert reads.count == 2


async def test_a_deleted_token_is_forgotten(store: Store) -> None:
    access = Access(store, HeldClock())
    seen: list[Change] = []

    def committed(changes: Sequence[Change]) -> None:
        for change in changes:
            access.on_change(change)
            seen.append(change)

    store.on_commit = committed
    made = (await store.change(lambda tx: tokens.create(tx, READER, "secret"))).value
    assert await access.principal("secret")
    await store.change(lambda tx: tokens.delete(tx, made.id))
    assert await access.principal("secret") is None
    assert [list(taken(change)) for change in seen] == [[], [made.id]]


async def test_what_was_read_while_tokens_changed_is_not_remembered(
    store: Store, reads: CountedReads
) -> None:
    access = Access(store, HeldClock())
    made = (await store.change(lambda tx: tokens.create(tx, READER, "secret"))).value
    deleted: list[Change] = []
    store.on_commit = deleted.extend
    await store.change(lambda tx: tokens.delete(tx, made.id))
    await store.change(lambda tx: tokens.create(tx, READER, "secret"))
    reads.after = lambda: access.on_change(deleted[0])
    assert await access.principal("secret")
    assert await access.principal("secret")
    assert reads.count == 2


async def test_a_user_takes_sessions_along_when_deleted_or_given_a_password(store: Store) -> None:
    seen: list[Change] = []
    store.on_commit = seen.extend
    new = NewUser("ann@example.org", "Ann", Role.VIEWER)
    user = (await store.change(lambda tx: users.create(tx, new, "hash"))).value
    for changes in (UserChanges(name="Anna"), UserChanges(password_hash="another")):
        await store.change(partial(users.edit, user=user, changes=changes))
    await store.change(lambda tx: users.delete(tx, user.id))
    assert [list(taken(change)) for change in seen] == [[], [], [user.id], [user.id]]

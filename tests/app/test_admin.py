"""The first administrator."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from tests.clock import HeldClock

from tocsin.app.access import Access
from tocsin.app.admin import EMAIL, ensure_admin
from tocsin.model.access import Scope
from tocsin.store import users
from tocsin.store.store import Store, open_store
from tocsin.store.tables import users as table


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A new store."""
    store = open_store(f"sqlite:///{tmp_path}/tocsin.db", HeldClock())
    await store.start()
    yield store
    await store.stop()


async def test_a_new_store_gets_an_administrator_who_is_person_1(store: Store) -> None:
    made = await ensure_admin(store)
    assert made.token
    assert made.password
    user = await store.read(lambda conn: users.by_email(conn, EMAIL))
    assert user is not None
    assert (user.role, user.person_id) == ("admin", 1)
    hashed = await store.read(lambda conn: conn.execute(select(table.c.password_hash)).scalar_one())
    assert PasswordHasher().verify(hashed, made.password)
    principal = await Access(store, HeldClock()).principal(made.token)
    assert principal is not None
    assert (principal.user_id, principal.person_id) == (user.id, 1)
    assert principal.may(Scope.EVENTS_PUBLISH)


async def test_it_is_made_once(store: Store) -> None:
    first = await ensure_admin(store)
    head = store.head
    again = await ensure_admin(store)
    assert (again.password, again.token) == (None, None)
    assert store.head == head
    assert await Access(store, HeldClock()).principal(first.token or "")


async def test_a_chosen_token_is_the_token(store: Store) -> None:
    assert (await ensure_admin(store, "chosen")).token == "chosen"
    head = store.head
    assert (await ensure_admin(store, "chosen")).token is None
    assert store.head == head


async def test_a_token_chosen_later_takes_the_place_of_the_one_before(store: Store) -> None:
    first = await ensure_admin(store)
    await ensure_admin(store, "chosen")
    access = Access(store, HeldClock())
    assert await access.principal(first.token or "") is None
    principal = await access.principal("chosen")
    assert principal is not None
    assert principal.may(Scope.ADMIN)

"""Tokens, users, repeated calls and what is public, on each database."""

from dataclasses import replace
from functools import partial

import pytest
from tests.clock import HeldClock

from tocsin.app import components, tokens, users
from tocsin.app.access import Access
from tocsin.app.admin import EMAIL, ensure_admin
from tocsin.app.components import NewComponent
from tocsin.app.idempotency import AlreadyDone, Answer, once
from tocsin.app.pages import Place, ensure_main
from tocsin.app.tokens import NewToken
from tocsin.app.users import NewUser, UserChanges
from tocsin.model.access import Role, Scope
from tocsin.model.errors import Code, Refused
from tocsin.store import tokens as token_rows
from tocsin.store import users as user_rows
from tocsin.store.idempotency import KEPT_S, Call
from tocsin.store.public import all_public
from tocsin.store.store import Store
from tocsin.store.tokens import Token
from tocsin.store.tx import Tx

ANN = NewUser("Ann@Example.org", "Ann", Role.RESPONDER)
CALL = Call("t" * 24, "POST", "/api/v1/issues", "key", b"digest of the body")


async def test_a_user_is_made_found_changed_and_deleted_with_its_tokens(store: Store) -> None:
    await ensure_admin(store, "admin")
    ann = (await store.change(lambda tx: users.create(tx, ANN, "hash"))).value
    assert ann.person_id == 2
    assert await store.read(lambda conn: user_rows.by_email(conn, "ANN@example.org")) == ann
    changes = UserChanges("Anna", Role.VIEWER, "another hash")
    edited = (await store.change(lambda tx: users.edit(tx, ann, changes))).value
    assert edited == replace(ann, name="Anna", role=Role.VIEWER)
    new = NewToken("hers", frozenset({Scope.READ}), ann.id)
    await store.change(lambda tx: tokens.create(tx, new, "secret"))
    assert await Access(store, HeldClock()).principal("secret")
    await store.change(lambda tx: users.delete(tx, ann.id))
    assert await Access(store, HeldClock()).principal("secret") is None
    left = await store.read(lambda conn: user_rows.listing(conn, None, 10))
    assert [user.email for user in left] == [EMAIL]


async def test_tokens_are_listed_from_the_newest_on(store: Store) -> None:
    async def make(name: str) -> Token:
        new = NewToken(name, frozenset(Scope))
        return (await store.change(lambda tx: tokens.create(tx, new, name))).value

    made = [await make(name) for name in "abc"]
    assert await store.read(lambda conn: token_rows.listing(conn, None, 2)) == [made[2], made[1]]
    before = made[1].id
    assert await store.read(lambda conn: token_rows.listing(conn, before, 2)) == [made[0]]


@pytest.mark.parametrize("secret", [False, True])
async def test_a_call_is_done_once(store: Store, clock: HeldClock, secret: bool) -> None:
    done: list[int] = []

    def unit(tx: Tx) -> Answer:
        done.append(tx.append("made", "a/b", b"{}"))
        return Answer(201, b'{"id":"made"}', {"etag": '"1"'}, "made", secret)

    first = (await store.change(once(CALL, unit))).value
    position = str(store.position(store.head))
    assert first.headers == {"etag": '"1"', "tocsin-position": position}
    if secret:
        with pytest.raises(AlreadyDone, match="made"):
            await store.change(once(CALL, unit))
    else:
        assert (await store.change(once(CALL, unit))).value == first
    with pytest.raises(Refused) as refused:
        await store.change(once(replace(CALL, digest=b"another"), unit))
    assert refused.value.code is Code.IDEMPOTENCY_KEY_REUSED
    assert len(done) == 1
    clock.advance(KEPT_S)
    await store.change(once(CALL, unit))
    assert len(done) == 2


async def test_public_is_what_stands_on_a_public_page(store: Store) -> None:
    await store.change(ensure_main)
    new = NewComponent("Web")
    made = (await store.change(lambda tx: components.create(tx, new, Place()))).value
    topic = f"component/{made.component.id}"
    for topics, public in (
        ([], True),
        (["page/main", topic], True),
        (["page/main", "page/other"], False),
        ([topic, "component/none"], False),
        (["issue/none"], False),
        (["operation/main"], False),
    ):
        assert await store.read(partial(all_public, topics=topics)) is public

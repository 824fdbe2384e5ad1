"""The keys that users sign in with over WebSocket."""

from base64 import b64encode
from collections.abc import Callable
from typing import TypeVar

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.contract.units import whole_log
from tests.rsa_keys import encrypted, private_key, public_key

from tocsin.app import ssl_keys, users
from tocsin.app.users import NewUser
from tocsin.model.access import Role
from tocsin.model.errors import Code, Refused
from tocsin.store import ssl_keys as rows
from tocsin.store.ssl_keys import SslKey
from tocsin.store.store import Store
from tocsin.store.tx import Tx
from tocsin.wire.sysadm_calls import RegisterKey

T = TypeVar("T")

LAPTOP = private_key("laptop")
TOWER = private_key("tower")


async def do(store: Store, unit: Callable[[Tx], T]) -> T:
    return (await store.change(unit)).value


async def user(store: Store, name: str) -> str:
    new = NewUser(f"{name}@example.org", name, Role.VIEWER)
    return (await do(store, lambda tx: users.create(tx, new, "hash"))).id


async def register(
    store: Store, user_id: str, key: str, nickname: str = "", email: str = ""
) -> None:
    given = RegisterKey(key, nickname, email)
    await do(store, lambda tx: ssl_keys.register(tx, user_id, given))


async def listed(store: Store, user_id: str) -> dict[str, dict[str, str]]:
    return await store.read(lambda conn: ssl_keys.listing(conn, user_id))


async def everybodys(store: Store) -> list[SslKey]:
    return await store.read(rows.everybodys)


async def told(store: Store) -> list[str]:
    """What the log says of keys."""
    return [event.type for event in await whole_log(store) if "key" in event.type]


async def test_a_key_is_registered_listed_and_revoked(store: Store) -> None:
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP), "laptop", "ann@home.example.org")
    await register(store, ann, public_key(TOWER))
    assert await listed(store, ann) == {
        "ann@example.org": {
            public_key(LAPTOP): "Nickname: laptop\nEmail: ann@home.example.org",
            public_key(TOWER): "",
        }
    }
    await do(store, lambda tx: ssl_keys.revoke(tx, ann, public_key(LAPTOP)))
    assert await listed(store, ann) == {"ann@example.org": {public_key(TOWER): ""}}
    assert await told(store) == [
        "tocsin.user.key_registered",
        "tocsin.user.key_registered",
        "tocsin.user.key_revoked",
    ]


async def test_the_log_says_which_key_but_no_address(store: Store) -> None:
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP), "laptop", "ann@home.example.org")
    event = (await whole_log(store))[-1]
    assert event.topic == f"user/{ann}"
    key_id = (await everybodys(store))[0].id
    assert msgspec.json.decode(event.data) == {
        "user": {"id": ann},
        "key": {"id": key_id, "nickname": "laptop"},
    }


async def test_a_key_that_is_registered_again_is_called_by_its_new_name(store: Store) -> None:
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP), "laptop")
    await register(store, ann, public_key(LAPTOP), "laptop")
    assert len(await told(store)) == 1
    await register(store, ann, public_key(LAPTOP), "old laptop")
    assert await listed(store, ann) == {
        "ann@example.org": {public_key(LAPTOP): "Nickname: old laptop"}
    }
    assert len(await told(store)) == 2


async def test_a_key_is_one_users(store: Store) -> None:
    ann, bob = await user(store, "ann"), await user(store, "bob")
    await register(store, ann, public_key(LAPTOP))
    with pytest.raises(Refused) as refused:
        await register(store, bob, public_key(LAPTOP))
    assert refused.value.code is Code.CONFLICT
    with pytest.raises(Refused) as refused:
        await do(store, lambda tx: ssl_keys.revoke(tx, bob, public_key(LAPTOP)))
    assert refused.value.code is Code.NOT_FOUND
    assert await listed(store, bob) == {"bob@example.org": {}}


async def test_a_users_keys_go_with_the_user(store: Store) -> None:
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP))
    await do(store, lambda tx: users.delete(tx, ann))
    assert await everybodys(store) == []
    assert await listed(store, ann) == {}


async def test_a_user_has_so_many_keys_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssl_keys, "KEYS_LIMIT", 1)
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP))
    with pytest.raises(Refused, match="at most 1"):
        await register(store, ann, public_key(TOWER))
    await register(store, ann, public_key(LAPTOP), "the one")


def other_than_rsa() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return b64encode(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "not base64",
        b64encode(b"not PEM").decode(),
        b64encode("é".encode()).decode(),
        "\N{SNOWMAN}",
        public_key(private_key("small", 1_024)),
        other_than_rsa(),
    ],
)
async def test_what_is_no_rsa_key_of_a_fair_size_is_refused(store: Store, key: str) -> None:
    ann = await user(store, "ann")
    with pytest.raises(Refused) as refused:
        await register(store, ann, key)
    assert [error.path for error in refused.value.errors] == ["pub_key"]


async def test_names_have_their_limit(store: Store) -> None:
    ann = await user(store, "ann")
    with pytest.raises(Refused):
        await register(store, ann, public_key(LAPTOP), "n" * 256)


async def test_who_has_encrypted_a_text_is_found_among_all_keys(store: Store) -> None:
    ann, bob = await user(store, "ann"), await user(store, "bob")
    await register(store, ann, public_key(LAPTOP))
    await register(store, bob, public_key(TOWER))
    keys, text = await everybodys(store), "t" * 200
    assert ssl_keys.owner(keys, text.encode(), encrypted(LAPTOP, text)) == ann
    assert ssl_keys.owner(keys, text.encode(), encrypted(TOWER, text)) == bob
    assert ssl_keys.owner(keys, text.encode(), encrypted(private_key("other"), text)) is None
    assert ssl_keys.owner(keys, text.encode(), encrypted(LAPTOP, "another text")) is None


@pytest.mark.parametrize("sent", ["", "x", "not base64!", "QQ==", "A" * 100_000, "\N{SNOWMAN}"])
async def test_what_nobody_has_encrypted_is_nobodys(store: Store, sent: str) -> None:
    ann = await user(store, "ann")
    await register(store, ann, public_key(LAPTOP))
    assert ssl_keys.owner(await everybodys(store), b"text", sent) is None

"""Conversations: what becomes of requests."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from tests.clock import HeldClock
from tests.conversing import Client, Conversing, conversing
from tests.rsa_keys import encrypted, private_key

from tocsin.model.watch import WATCHED_LIMIT
from tocsin.push.source import HIGH_WATER
from tocsin.store.errors import StoreUnavailable
from tocsin.store.retention import trim

UNAUTHORIZED = {"code": "401", "message": "Unauthorized"}
TOO_MANY = {"code": "429", "message": "Too Many Requests"}
UNAVAILABLE = {"code": "503", "message": "Service Unavailable"}


@pytest.fixture
async def there(migrated: Path, tmp_path: Path) -> AsyncIterator[Conversing]:
    """Connections to a new store."""
    async with conversing(f"sqlite:///{shutil.copy(migrated, tmp_path)}", HeldClock()) as there:
        yield there


def message(heard: Any) -> str:
    assert heard["namespace"] == "events", heard
    return str(heard["args"]["message"])


async def test_requests_are_answered_one_after_the_other(there: Conversing) -> None:
    client = there.client()
    client.say("rpc", "auth_token", {"token": "the-readers-token"}, "1")
    client.say("rpc", "query", {}, "2")
    client.say("rpc", "auth_clear", {}, "3")
    client.say("rpc", "query", {}, "4")
    client.say("rpc", "identify", {}, "5")
    assert [(await client.hear())["id"] for _ in range(4)] == ["1", "2", "4", "5"]


async def test_who_fails_too_often_is_refused_whatever_the_way_of_signing_in(
    there: Conversing,
) -> None:
    client = there.client()
    nobody = {"username": "nobody@example.org", "password": "x"}
    assert await client.ask("rpc", "auth", nobody) == UNAUTHORIZED
    assert await client.ask("rpc", "auth_token", {"token": ""}) == UNAUTHORIZED
    text = (await client.ask("rpc", "auth_ssl", ""))["test_string"]
    proof = {"encrypted_string": encrypted(private_key("laptop"), text)}
    assert await client.ask("rpc", "auth_ssl", proof) == UNAUTHORIZED
    await client.ask("rpc", "auth_ssl", "")
    assert await client.ask("rpc", "auth_ssl", proof) == TOO_MANY
    assert await client.ask("rpc", "auth_token", {"token": "the-readers-token"}) == TOO_MANY


async def test_what_was_not_asked_to_be_encrypted_is_no_failed_sign_in(there: Conversing) -> None:
    client = there.client()
    for _ in range(5):
        assert await client.ask("rpc", "auth_ssl", {"encrypted_string": "QQ=="}) == UNAUTHORIZED
    await client.sign_in()


async def test_while_the_store_cannot_be_used_requests_are_refused(there: Conversing) -> None:
    client = await there.signed_in()
    with patch.object(there.store, "read", side_effect=StoreUnavailable("full")):
        assert await client.ask("rpc", "query", {}) == UNAVAILABLE
        assert await there.client().ask("rpc", "auth_token", {"token": "x"}) == UNAVAILABLE
    assert "rpc/query" in await client.ask("rpc", "query", {})


async def test_a_class_whose_last_notice_could_not_be_read_is_not_taken_for_one_without(
    there: Conversing,
) -> None:
    await there.publish("x", "last")
    client = await there.signed_in()
    principal = there.partners.access.principal
    with (
        patch.object(there.store, "read", side_effect=StoreUnavailable("full")),
        patch.object(there.partners.access, "principal", side_effect=[await known(client, there)]),
    ):
        assert await client.ask("events", "subscribe", "x") == UNAVAILABLE
    assert there.partners.access.principal == principal
    client.say("events", "subscribe", "x")
    assert message(await client.hear()) == "last"


async def known(client: Client, there: Conversing) -> Any:
    """Whom the reader's token stands for."""
    return await there.partners.access.principal("the-readers-token")


async def test_a_notice_published_while_the_last_one_is_read_is_the_last_or_comes_after(
    there: Conversing,
) -> None:
    await there.publish("x", "1")
    client = await there.signed_in()
    read, began, go_on = there.store.read, asyncio.Event(), asyncio.Event()

    async def slowly(query: Any) -> Any:
        found = await read(query)
        if isinstance(found, dict) and "x" in found:
            began.set()
            await go_on.wait()
        return found

    with patch.object(there.store, "read", slowly):
        client.say("events", "subscribe", "x")
        await began.wait()
        await there.publish("x", "2")
        go_on.set()
        assert message(await client.hear()) == "2"
        assert (await client.hear())["args"] == {"subscribe": "x"}
    await there.publish("x", "3")
    assert message(await client.hear()) == "3"


async def test_last_notices_of_classes_that_nobody_watches_are_let_go_of(
    there: Conversing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.app.last_notices._SPARE", 2)
    client = await there.signed_in()
    for number in range(5):
        await client.ask("events", "subscribe", f"c{number}")
        await client.ask("events", "unsubscribe", f"c{number}")
    assert [f"c{number}" in there.feeds.last for number in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


async def test_a_connection_watches_so_many_classes_and_no_more(there: Conversing) -> None:
    client = await there.signed_in()
    many = [f"c{number}" for number in range(WATCHED_LIMIT)]
    assert await client.ask("events", "subscribe", many) == {"subscribe": many[-1]}
    refused = {"code": "400", "message": "Bad Request"}
    assert await client.ask("events", "subscribe", "x") == refused
    assert await client.ask("events", "subscribe", {"classes": "x"}) == refused
    assert await client.ask("events", "unsubscribe", many) == {"unsubscribe": many[-1]}
    assert there.hub.feeds == []
    assert await client.ask("events", "subscribe", "x") == {"subscribe": "x"}


async def test_a_connection_that_is_over_while_it_subscribes_leaves_no_feed_behind(
    there: Conversing,
) -> None:
    client = await there.signed_in()
    client.say("events", "subscribe", ["x", "y"])
    client.say("events", "subscribe", {"classes": ["z"], "since": "1970-01-01T00:00:00Z"})
    await asyncio.sleep(0)
    client.connection.connection_lost(None)
    await there.publish("x")
    assert there.hub.feeds == []


async def test_none_valid_is_no_class(there: Conversing) -> None:
    client = await there.signed_in()
    for args in ("Bad", ["Bad"], {"classes": "Bad"}):
        assert await client.ask("events", "subscribe", args) == {}
    assert there.hub.feeds == []


@pytest.mark.parametrize("since", ["earliest", "1970-01-01T00:00:00Z"])
async def test_who_follows_from_the_beginning_gets_all(there: Conversing, since: str) -> None:
    sequences = [await there.publish(class_) for class_ in ("x", "y", "z", "x")]
    client = await there.signed_in()
    answer = await client.ask("events", "subscribe", {"classes": ["x", "y"], "since": since})
    assert (answer["verdict"], answer["position"]) == ("resumed", f"{there.store.epoch}-0")
    heard = [(await client.hear())["position"] for _ in range(3)]
    told = (sequences[0], sequences[1], sequences[3])
    assert heard == [f"{there.store.epoch}-{sequence}" for sequence in told]


async def test_a_position_of_another_log_is_told_and_everything_follows(there: Conversing) -> None:
    await there.publish("x")
    client = await there.signed_in()
    answer = await client.ask("events", "subscribe", {"classes": "x", "since": "other-99"})
    assert (answer["verdict"], answer["missed"]) == ("reset", None)
    assert "position" in await client.hear()


async def test_a_slow_client_that_follows_catches_up_and_one_that_watches_is_closed(
    there: Conversing,
) -> None:
    follower, watcher = await there.signed_in(), await there.signed_in()
    await follower.ask("events", "subscribe", {"classes": "x"})
    await watcher.ask("events", "subscribe", "x")
    for client in (follower, watcher):
        client.socket.stalled = True
    many = HIGH_WATER // 60_000 * 4
    for number in range(many):
        await there.publish("x", f"{number}".ljust(60_000))
        await there.flushed()
    for client in (follower, watcher):
        client.socket.read_on()
    heard = [message(await follower.hear()).strip() for _ in range(many)]
    assert heard == [str(number) for number in range(many)]
    while watcher.connection.open:
        await asyncio.sleep(0)


async def test_retention_that_overtakes_who_follows_is_told(there: Conversing) -> None:
    for _ in range(5):
        await there.publish("x")
    client = await there.signed_in()
    await there.store.change(lambda tx: trim(tx, 3))
    since = f"{there.store.epoch}-1"
    answer = await client.ask("events", "subscribe", {"classes": "x", "since": since})
    assert (answer["verdict"], answer["missed"]) == ("gap", 2)
    assert (await client.hear())["position"] == f"{there.store.epoch}-4"

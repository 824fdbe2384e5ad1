"""Subscribing as visitors do it: by forms without a script, and as JSON, on the running service."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.mail_server import MailBox, link, mail_server, text
from tests.receiver import Receiver, agree, receiver, status
from tests.running import ADMIN, Running, running

from tocsin.store.errors import StoreUnavailable

YOU = "you@example.org"
HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


@dataclass
class World:
    """A service with a mail server, a visitor's browser and the operator's client."""

    running: Running
    box: MailBox
    visitor: httpx.AsyncClient
    operator: httpx.AsyncClient

    async def component(self, name: str = "Website", **fields: Any) -> str:
        """Make a component; returns its id."""
        made = await self.operator.post("/api/v1/components", json={"name": name, **fields})
        return str(made.json()["id"])

    async def issue(self, *component_ids: str, **fields: Any) -> str:
        """Make an issue; returns its id."""
        given = {"title": "Trouble", "component_ids": component_ids, **fields}
        made = await self.operator.post("/api/v1/issues", json=given)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    async def edit_page(self, slug: str = "main", **fields: Any) -> dict[str, Any]:
        """Change some fields of a page."""
        edited = await self.operator.patch(f"/api/v1/pages/{slug}", json=fields)
        assert edited.status_code == 200, edited.text
        return dict(edited.json())

    async def letters(self, number: int) -> list[Any]:
        """The letters, once there are so many."""
        return await asyncio.to_thread(self.box.wait_for, number)

    async def subscribe(self, address: str = YOU, **fields: Any) -> str:
        """Ask by form and confirm; returns the path of the subscription."""
        before = len(self.box.letters)
        asked = await self.visitor.post("/subscribe", data={"email": address, **fields})
        assert asked.status_code == 202, asked.text
        letters = await self.letters(before + 1)
        confirmed = await self.visitor.post(link(letters[-1], "/subscribe/"), headers=JSON)
        assert confirmed.status_code == 200, confirmed.text
        return path_of(confirmed.json()["manage_url"])

    async def subscribers(self) -> list[dict[str, Any]]:
        """As the operator sees them."""
        return list((await self.operator.get("/api/v1/subscribers")).json()["data"])


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@contextmanager
def service(folder: Path, **settings: dict[str, object]) -> Iterator[tuple[Running, MailBox]]:
    with mail_server() as box:
        mail: dict[str, object] = {
            "smtp_host": "127.0.0.1",
            "smtp_port": box.port,
            "smtp_security": "none",
            "sender": "Acme <status@acme.test>",
        }
        given: dict[str, object] = {"allow_networks": "127.0.0.0/8"}
        wanted: dict[str, dict[str, object]] = {"webhooks": given, "mail": mail, **settings}
        with running(folder, **wanted) as there:
            # Receivers compare a webhook's time with their own.
            there.clock.set(int(time.time() * 1_000))
            yield there, box


@asynccontextmanager
async def opened(folder: Path, **settings: dict[str, object]) -> AsyncIterator[World]:
    with service(folder, **settings) as (there, box):
        bearer = {"Authorization": f"Bearer {ADMIN}"}
        async with (
            httpx.AsyncClient(base_url=there.url, headers=HTML, timeout=30) as visitor,
            httpx.AsyncClient(base_url=there.url, headers=bearer, timeout=30) as operator,
        ):
            yield World(there, box, visitor, operator)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with opened(tmp_path) as world:
        yield world


def shown(answer: httpx.Response) -> str:
    """The words of a page."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<body>")[2]).split())


# By e-mail


async def test_from_the_form_to_the_last_click(world: World) -> None:
    web, api = await world.component("Website"), await world.component("API")
    form = await world.visitor.get("/subscribe")
    assert form.status_code == 200
    assert 'name="email"' in form.text
    assert f'value="{web}"' in form.text

    asked = await world.visitor.post(
        "/subscribe", data={"email": " You@Example.org ", "which": "some", "component": [web]}
    )
    assert (asked.status_code, YOU in shown(asked)) == (202, True)
    (invitation,) = await world.letters(1)
    assert invitation["To"] == YOU
    assert "Website" in text(invitation)
    confirm = link(invitation, "/subscribe/")
    assert "Confirm" in shown(await world.visitor.get(confirm))
    assert await world.subscribers() == []  # opening the link is not enough

    confirmed = await world.visitor.post(confirm)
    assert "You are subscribed" in shown(confirmed)
    assert "You are subscribed" in shown(await world.visitor.get(confirm))
    (subscriber,) = await world.subscribers()
    assert (subscriber["target"], subscriber["component_ids"]) == (YOU, [web])

    await world.issue(api, title="Not chosen")
    await world.issue(web, title="Chosen", body="We *look*.", label="investigating")
    news = (await world.letters(2))[1]
    assert news["Subject"] == "[Status] Investigating: Chosen"
    assert news["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    manage = link(news, "/subscription/")
    page = await world.visitor.get(manage)
    assert f'value="{web}" checked' in page.text
    assert f'value="{api}" checked' not in page.text
    saved = await world.visitor.post(manage, data={"which": "all", "component": [web]})
    assert "Saved." in shown(saved)
    (subscriber,) = await world.subscribers()
    assert subscriber["component_ids"] is None

    stop = path_of(news["List-Unsubscribe"].strip("<>"))
    assert "Unsubscribe from" in shown(await world.visitor.get(stop))
    assert len(await world.subscribers()) == 1
    stopped = await world.visitor.post(stop, data={"List-Unsubscribe": "One-Click"})
    assert (stopped.status_code, "unsubscribed" in shown(stopped)) == (200, True)
    assert await world.subscribers() == []
    assert (await world.visitor.post(stop)).status_code == 200
    assert (await world.visitor.get(stop)).status_code == 404
    assert (await world.visitor.get(manage)).status_code == 404
    assert (await world.visitor.post(confirm)).status_code == 404


async def test_the_same_as_json(world: World) -> None:
    web = await world.component()
    assert (await world.visitor.get("/subscribe", headers=JSON)).json() == {
        "media": ["email", "webhook"]
    }
    given = {"email": YOU, "component_ids": [web]}
    asked = await world.visitor.post("/subscribe", json=given)
    assert (asked.status_code, asked.json()) == (202, {"medium": "email"})
    confirm = link((await world.letters(1))[0], "/subscribe/")
    waiting = {"medium": "email", "confirmed": False}
    assert (await world.visitor.get(confirm, headers=JSON)).json() == waiting
    confirmed = (await world.visitor.post(confirm, json={})).json()
    assert confirmed["confirmed"] is True
    manage, stop = path_of(confirmed["manage_url"]), path_of(confirmed["stop_url"])
    found = (await world.visitor.get(manage, headers=JSON)).json()
    assert (found["target"], found["component_ids"]) == (YOU, [web])
    changed = (await world.visitor.post(manage, json={"component_ids": None})).json()
    assert changed["component_ids"] is None
    assert (await world.visitor.post(stop, json={})).json() == {"stopped": True}
    missing = await world.visitor.get(manage, headers=JSON)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_nobody_learns_who_is_subscribed(world: World) -> None:
    async def asked() -> tuple[int, dict[str, str], str]:
        answer = await world.visitor.post("/subscribe", data={"email": YOU})
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        return answer.status_code, headers, answer.text

    unknown = await asked()
    confirm = link((await world.letters(1))[0], "/subscribe/")
    waiting = await asked()
    await world.visitor.post(confirm)
    known = await asked()
    limited = await asked()
    assert unknown == waiting == known == limited


async def test_mistakes_are_told_beside_the_field_and_nothing_typed_is_lost(world: World) -> None:
    web = await world.component("Website")
    for data, said in (
        ({"email": '"><script>x'}, "This is no e-mail address."),
        ({"email": YOU, "which": "some"}, "Choose at least one"),
        ({"email": YOU, "which": "some", "component": ["0" * 24]}, "Choose at least one"),
        ({"url": "ftp://x", "which": "some", "component": [web]}, "This is no URL"),
        ({}, "This is no e-mail address."),
        ({"email": YOU, "url": "https://x.example"}, "This is no e-mail address."),
    ):
        refused = await world.visitor.post("/subscribe", data=data)
        assert refused.status_code == 422
        assert said in shown(refused)
        assert "<script>x" not in refused.text
    typed = {"url": "ftp://x", "which": "some", "component": [web]}
    again = await world.visitor.post("/subscribe", data=typed)
    assert 'value="ftp://x"' in again.text
    assert f'value="{web}" checked' in again.text
    manage = await world.subscribe()
    wrong = await world.visitor.post(manage, data={"which": "some"})
    assert (wrong.status_code, "Choose at least one" in shown(wrong)) == (422, True)
    wrong = await world.visitor.post(manage, json={"component_ids": []})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"email": 5}', "application/json", 422),
        (b'{"email": "a@b.example", "typo": 1}', "application/json; charset=utf-8", 422),
        (b'{"email": "a\\u0000@b.example"}', "application/json", 422),
        (b"email=%ff", "application/x-www-form-urlencoded", 422),
        (b"email=a%00", "application/x-www-form-urlencoded", 422),
        (b"component=a&" * 3_000, "application/x-www-form-urlencoded", 422),
        (b"x" * 200_000, "application/x-www-form-urlencoded", 413),
        (b"--x\r\n", "multipart/form-data; boundary=x", 422),
        (b"", "application/json", 422),
    ],
)
async def test_bodies_that_make_no_sense_are_refused(
    world: World, content: bytes, kind: str, expected: int
) -> None:
    answer = await world.visitor.post("/subscribe", content=content, headers={"Content-Type": kind})
    assert answer.status_code == expected


async def test_methods_and_addresses_that_there_are_not(world: World) -> None:
    answer = await world.visitor.put("/subscribe")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert (await world.visitor.get("/pages/nowhere/subscribe")).status_code == 404
    unknown = "T" * 32
    for path in (f"/subscribe/{unknown}", f"/subscription/{unknown}"):
        assert (await world.visitor.get(path)).status_code == 404
        assert (await world.visitor.post(path)).status_code == 404
    assert (await world.visitor.get("/subscription/short")).status_code == 404
    head = await world.visitor.head("/subscribe")
    assert (head.status_code, head.content) == (200, b"")


async def test_pages_with_secrets_are_neither_kept_nor_listed_nor_told_on(world: World) -> None:
    answer = await world.visitor.get(await world.subscribe())
    assert answer.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    assert '<meta name="robots" content="noindex">' in answer.text
    assert '<meta name="referrer" content="no-referrer">' in answer.text


async def test_the_accent_of_the_page_is_theirs_too(world: World) -> None:
    await world.edit_page(accent="#aa0044")
    (style,) = re.findall(r"/static/accent-\S+\.css", (await world.visitor.get("/subscribe")).text)
    assert "#aa0044" in (await world.visitor.get(style)).text


async def test_asking_too_often_is_refused_for_a_while(tmp_path: Path) -> None:
    limits: dict[str, object] = {"requests_per_address": 2}
    async with opened(tmp_path, subscribers=limits) as world:
        for number in (1, 2):
            given = {"email": f"reader{number}@example.org"}
            assert (await world.visitor.post("/subscribe", data=given)).status_code == 202
        refused = await world.visitor.post("/subscribe", data={"email": YOU})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1800")
        assert "too often" in shown(refused)
        refused = await world.visitor.post("/subscribe", json={"email": YOU})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        world.running.clock.advance(1_800)
        assert (await world.visitor.post("/subscribe", data={"email": YOU})).status_code == 202


async def test_a_host_that_was_asked_too_often_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.app.subscribing.CHALLENGES_AN_HOUR", 1)
    async with receiver() as there:
        there.answer = status(404)
        confirm, _ = await ask_for_webhook(world, there)
        assert (await world.visitor.post(confirm)).status_code == 409
        refused = await world.visitor.post(confirm)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
        assert len(there.got) == 1


async def test_while_the_store_is_away_nothing_is_lost_in_silence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr("tocsin.app.subscriptions.Subscriptions.ask", away)
    refused = await world.visitor.post("/subscribe", data={"email": YOU})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    assert "disk" not in refused.text


async def test_without_a_mail_server_the_form_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path, mail={}, subscribers={"offer_webhooks": False}) as world:
        form = await world.visitor.get("/subscribe")
        assert "This server sends no e-mail." in shown(form)
        assert "This server calls no webhooks." in shown(form)
        assert "<form" not in form.text
        for given in ({"email": YOU}, {"url": "https://receiver.example/"}):
            refused = await world.visitor.post("/subscribe", data=given)
            assert refused.status_code == 409
            refused = await world.visitor.post("/subscribe", json=given)
            assert (refused.status_code, refused.json()["code"]) == (409, "medium_off")


# Pages


async def test_each_page_has_subscribers_of_its_own(world: World) -> None:
    page = {"slug": "shop", "name": "Shop", "hosts": ["shop.example"]}
    await world.operator.post("/api/v1/pages", json=page)
    cart = await world.component("Cart", page="shop")
    assert "Shop" in shown(await world.visitor.get("/pages/shop/subscribe"))
    by_host = await world.visitor.get("/subscribe", headers={"Host": "shop.example"})
    assert "Cart" in shown(by_host)
    assert "Cart" not in shown(await world.visitor.get("/subscribe"))

    await world.visitor.post("/pages/shop/subscribe", data={"email": YOU})
    (invitation,) = await world.letters(1)
    assert "http://shop.example/subscribe/" in text(invitation)
    await world.visitor.post(link(invitation, "/subscribe/"))
    (subscriber,) = await world.subscribers()
    assert subscriber["page"] == "shop"
    await world.issue(cart)
    assert (await world.letters(2))[1]["Subject"] == "[Shop] New issue: Trouble"


async def test_a_private_page_is_for_those_whom_it_lets_in(world: World) -> None:
    web = await world.component("Website")
    private = await world.edit_page(visibility="private", name="Secret")
    refused = await world.visitor.get("/subscribe")
    assert refused.status_code == 401
    assert "Secret" not in refused.text
    refused = await world.visitor.post("/subscribe", data={"email": YOU})
    assert (refused.status_code, "Secret" in refused.text) == (401, False)
    assert (await world.visitor.put("/subscribe")).text.count("Secret") == 0

    way_in = f"/subscribe?bt={private['bypass_token']}"
    form = await world.visitor.get(way_in)
    assert "Website" in shown(form)
    assert 'action=""' in form.text  # which keeps the way in
    asked = await world.visitor.post(way_in, data={"email": YOU})
    assert asked.status_code == 202
    invitation = (await world.letters(1))[0]
    await world.visitor.post(link(invitation, "/subscribe/"))
    await world.issue(web)
    manage = link((await world.letters(2))[1], "/subscription/")
    assert "Website" in shown(await world.visitor.get(manage))

    await world.operator.post("/api/v1/pages/main/rotate-bypass-token")
    shut = await world.visitor.get(manage)
    assert "Website" not in shown(shut)
    assert "private now" in shown(shut)
    assert (await world.visitor.post(manage, data={"which": "all"})).status_code == 403


async def test_a_german_page_speaks_german_all_along(world: World) -> None:
    web = await world.component("Website")
    await world.edit_page(language="de")
    form = await world.visitor.get("/subscribe")
    assert '<html lang="de">' in form.text
    assert "Ihre E-Mail-Adresse" in shown(form)
    wrong = await world.visitor.post("/subscribe", data={"email": "x"})
    assert "Das ist keine E-Mail-Adresse." in shown(wrong)
    manage = await world.subscribe()
    assert "Abbestellen" in shown(await world.visitor.get(manage))
    await world.issue(web)
    invitation, news = await world.letters(2)
    assert "Bestätigen Sie Ihr Abonnement" in invitation["Subject"]
    assert news["Subject"] == "[Status] Neue Störung: Trouble"
    missing = await world.visitor.get(f"/subscription/{'T' * 32}")
    assert "Dieses Abonnement gibt es nicht" in shown(missing)


# By webhook


async def ask_for_webhook(world: World, there: Receiver) -> tuple[str, str]:
    """The path of the opt-in, and the secret."""
    asked = await world.visitor.post("/subscribe", json={"url": there.url})
    assert asked.status_code == 202, asked.text
    return path_of(asked.json()["confirm_url"]), asked.json()["secret"]


async def test_a_webhook_from_the_form_to_its_end(world: World) -> None:
    web = await world.component()
    async with receiver() as there:
        asked = await world.visitor.post("/subscribe", data={"url": there.url})
        assert asked.status_code == 202
        (secret,) = re.findall(r'<code class="secret">(whsec_[^<]+)</code>', asked.text)
        (action,) = re.findall(r'action="([^"]+)"', asked.text)
        confirm = f"/{action}"
        assert there.got == []  # the receiver has to know the secret first
        assert secret in (await world.visitor.get(confirm)).text

        there.answer = status(404)
        failed = await world.visitor.post(confirm)
        assert failed.status_code == 409
        assert "answered 404" in shown(failed)
        assert secret in failed.text
        there.answer = status(200)
        assert "not with the challenge" in shown(await world.visitor.post(confirm))
        assert await world.subscribers() == []

        there.answer = agree
        confirmed = await world.visitor.post(confirm)
        assert "You are subscribed" in shown(confirmed)
        (subscriber,) = await world.subscribers()
        assert (subscriber["medium"], subscriber["target"]) == ("webhook", there.url)

        issue = await world.issue(web)
        await world.operator.post(f"/api/v1/issues/{issue}/updates", json={"label": "resolved"})
        told = [Webhook(secret).verify(got.body, got.headers) for got in await there.wait_for(5)]
        assert [one["type"] for one in told] == [
            *["subscription.challenge"] * 3,
            "issue.created",
            "issue.resolved",
        ]
        assert told[3]["data"]["issue"]["components"] == [{"id": web, "name": "Website"}]
        assert int(told[4]["data"]["sequence"]) > int(told[3]["data"]["sequence"])

        stop = path_of(told[4]["data"]["stop_url"])
        assert (await world.visitor.post(stop)).status_code == 200
        assert await world.subscribers() == []


async def test_a_receiver_that_is_gone_ends_its_subscription_itself(world: World) -> None:
    web = await world.component()
    async with receiver() as there:
        confirm, _ = await ask_for_webhook(world, there)
        assert (await world.visitor.post(confirm, json={})).json()["confirmed"] is True
        there.answer = status(410)
        await world.issue(web)
        await there.wait_for(2)
        async with asyncio.timeout(20):
            while await world.subscribers():
                await asyncio.sleep(0.01)


async def test_one_that_is_out_of_order_is_tried_again_and_not_told_twice(world: World) -> None:
    web = await world.component()
    async with receiver() as there:
        confirm, _ = await ask_for_webhook(world, there)
        await world.visitor.post(confirm)
        there.answer = status(503)
        issue = await world.issue(web)
        await there.wait_for(2)
        there.answer = status(204)
        await world.operator.post(f"/api/v1/issues/{issue}/updates", json={"label": "resolved"})
        async with asyncio.timeout(20):
            while len(there.got) < 4:
                world.running.clock.advance(1)
                await asyncio.sleep(0.01)
        challenge, failed, again, after = there.got
    assert again.headers["webhook-id"] == failed.headers["webhook-id"]
    assert again.body == failed.body
    assert [got.data["type"] for got in (again, after)] == ["issue.created", "issue.resolved"]
    assert challenge.data["type"] == "subscription.challenge"


async def test_nothing_inside_can_be_reached_by_a_webhook(tmp_path: Path) -> None:
    closed: dict[str, object] = {"allow_networks": ""}
    async with opened(tmp_path, webhooks=closed) as world, receiver() as there:
        confirm, _ = await ask_for_webhook(world, there)
        failed = await world.visitor.post(confirm)
        assert (failed.status_code, there.got) == (409, [])
        assert "could not be reached" in shown(failed)
        told = (await world.visitor.post(confirm, json={})).json()
        assert (told["echo"], told["answered"]) == ("nothing", None)


# Operators


async def test_operators_see_and_remove_subscribers_without_their_secrets(world: World) -> None:
    web = await world.component()
    manage = await world.subscribe(which="some", component=[web])
    (subscriber,) = await world.subscribers()
    assert subscriber == {
        "id": subscriber["id"],
        "page": "main",
        "medium": "email",
        "target": YOU,
        "component_ids": [web],
        "created_at": world.running.clock.now,
        "failing_since": None,
    }
    path = f"/api/v1/subscribers/{subscriber['id']}"
    assert (await world.operator.get(path)).json() == subscriber
    for query, number in (("page=main", 1), ("page=other", 0)):
        listed = await world.operator.get(f"/api/v1/subscribers?{query}")
        assert len(listed.json()["data"]) == number
    assert (await world.visitor.get("/api/v1/subscribers")).status_code == 401
    assert (await world.operator.delete(path)).status_code == 204
    assert (await world.operator.delete(path)).status_code == 404
    assert (await world.operator.get(path)).status_code == 404
    assert (await world.visitor.get(manage)).status_code == 404


async def test_metrics_tell_what_became_of_messages(world: World) -> None:
    await world.subscribe()
    delivered = 'tocsin_messages_total{medium="email",result="delivered"} 1.0'
    async with asyncio.timeout(20):
        while delivered not in (await world.operator.get("/metrics")).text:
            await asyncio.sleep(0.01)

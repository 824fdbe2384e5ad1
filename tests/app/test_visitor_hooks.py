"""Webhooks of subscribers: signed, one turn each, after they have echoed a challenge."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from ipaddress import ip_network

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError
from tests.clock import HeldClock
from tests.letters import NAMES, PAGE, bulletin
from tests.receiver import Got, Receiver, receiver, status
from tests.subscribed import SECRET

from tocsin.app.outbox import Parcel
from tocsin.app.outgoing import Outgoing
from tocsin.app.visitor_hooks import Challenged, Echo, VisitorHookCarrier
from tocsin.model.bulletin import Kind
from tocsin.model.subscriber import Medium, OptIn, Subscriber
from tocsin.model.trying import Result, Tried


@pytest.fixture
async def there() -> AsyncIterator[Receiver]:
    async with receiver() as there:
        yield there


@pytest.fixture
async def carrier() -> AsyncIterator[VisitorHookCarrier]:
    now = HeldClock(int(time.time() * 1_000))  # which is what verifiers compare with
    outgoing = Outgoing(now, [ip_network("127.0.0.0/8")])
    carrier = VisitorHookCarrier(outgoing, now, "https://public.test")
    yield carrier
    await carrier.rest()
    await carrier.close()


def news(there: Receiver) -> Parcel:
    to = Subscriber("s1", "page", Medium.WEBHOOK, there.url, None, "T" * 32, SECRET, "", 0)
    return Parcel("m1", to, PAGE, NAMES, (bulletin(0, Kind.CREATED),), 1)


def opt_in(there: Receiver) -> OptIn:
    return OptIn("o1", "page", Medium.WEBHOOK, there.url, None, "T" * 32, SECRET, "", 0, tries=2)


async def test_news_arrive_signed_as_any_standard_webhooks_library_verifies(
    carrier: VisitorHookCarrier, there: Receiver
) -> None:
    assert await carrier.carry(news(there)) == Tried(Result.DELIVERED)
    (got,) = there.got
    told = Webhook(SECRET).verify(got.body, got.headers)
    assert told["type"] == "issue.created"
    assert told["data"]["stop_url"] == f"https://status.acme.test/subscription/{'T' * 32}/stop"
    assert got.headers["webhook-id"] == "m1"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_b3RoZXI=").verify(got.body, got.headers)


async def test_every_try_has_the_same_id_and_body(
    carrier: VisitorHookCarrier, there: Receiver
) -> None:
    there.answer = status(503)
    for tries in (1, 2):
        tried = await carrier.carry(replace(news(there), tries=tries))
        assert tried.result is Result.FAILED
    first, second = there.got
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_what_receivers_answer_is_what_becomes_of_it(
    carrier: VisitorHookCarrier, there: Receiver
) -> None:
    for code, result in ((204, "delivered"), (302, "refused"), (404, "refused"), (410, "unwanted")):
        there.answer = status(code)
        assert (await carrier.carry(news(there))).result == result
    there.answer = status(429, **{"Retry-After": "120"})
    assert await carrier.carry(news(there)) == Tried(Result.FAILED, "answered 429", 120)


async def test_one_that_cannot_be_called_is_tried_again(carrier: VisitorHookCarrier) -> None:
    away = Receiver("http://10.0.0.1/hook")
    tried = await carrier.carry(news(away))
    assert tried == Tried(Result.FAILED, "refused_address")


async def test_a_challenge_is_right_when_its_token_comes_back(
    carrier: VisitorHookCarrier, there: Receiver
) -> None:
    assert await carrier.challenge(opt_in(there), PAGE, "token") == Challenged(Echo.RIGHT, 200)
    (got,) = there.got
    told = Webhook(SECRET).verify(got.body, got.headers)
    assert (told["type"], told["data"]["challenge"]) == ("subscription.challenge", "token")
    assert got.headers["webhook-id"] == "o1-2"


@pytest.mark.parametrize(
    ("body", "code", "outcome"),
    [
        (b"token", 200, Challenged(Echo.RIGHT, 200)),
        (b"ok", 200, Challenged(Echo.WRONG, 200)),
        (b"", 204, Challenged(Echo.WRONG, 204)),
        (b" " * 10_000 + b"token", 200, Challenged(Echo.WRONG, 200)),
        (b"token", 404, Challenged(Echo.REFUSED, 404)),
        (b"token", 302, Challenged(Echo.REFUSED, 302)),
        (b"token", 500, Challenged(Echo.REFUSED, 500)),
    ],
)
async def test_everything_else_is_not(
    carrier: VisitorHookCarrier, there: Receiver, body: bytes, code: int, outcome: Challenged
) -> None:
    async def answer(got: Got) -> web.StreamResponse:
        return web.Response(body=body, status=code)

    there.answer = answer
    assert await carrier.challenge(opt_in(there), PAGE, "token") == outcome


async def test_a_receiver_that_repeats_everything_has_not_agreed(
    carrier: VisitorHookCarrier, there: Receiver
) -> None:
    async def repeat(got: Got) -> web.StreamResponse:
        return web.Response(body=got.body)

    there.answer = repeat
    assert (await carrier.challenge(opt_in(there), PAGE, "token")).echo is Echo.WRONG


async def test_the_asker_is_not_told_what_lies_behind_a_refused_address(
    carrier: VisitorHookCarrier,
) -> None:
    for url in ("http://10.0.0.1/", "http://nowhere.invalid/", "http://127.0.0.1:1/"):
        outcome = await carrier.challenge(opt_in(Receiver(url)), PAGE, "token")
        assert outcome == Challenged(Echo.NOTHING)

"""Calling the webhooks of subscribers, and asking them first whether they want that."""

from enum import StrEnum
from typing import NamedTuple

from tocsin.app import links
from tocsin.app.outbox import Parcel
from tocsin.app.outgoing import Outgoing
from tocsin.app.signing import sign
from tocsin.model import trying
from tocsin.model.clock import Clock
from tocsin.model.exchange import Exchange, Request
from tocsin.model.page import Page
from tocsin.model.subscriber import Medium, OptIn, Subscriber
from tocsin.model.trying import WEBHOOK, Result, Tried
from tocsin.wire import visitor_hook
from tocsin.wire.visitor_hook import Post

# How long a receiver has for a whole request, in ms: for news, and while somebody waits.
_NEWS_WITHIN_MS = 15_000
_CHALLENGE_WITHIN_MS = 10_000


class Echo(StrEnum):
    """What came of a challenge."""

    RIGHT = "right"
    WRONG = "wrong"  # it answered 2xx, but not with the token
    REFUSED = "refused"  # it answered with another status
    NOTHING = "nothing"


class Challenged(NamedTuple):
    """What came of a challenge, with the status if there was one."""

    echo: Echo
    status: int | None = None


class VisitorHookCarrier:
    """Carries news to webhooks. Each subscriber is sent one at a time, in order."""

    medium = Medium.WEBHOOK
    schedule = WEBHOOK
    at_once = 256

    def __init__(self, outgoing: Outgoing, clock: Clock, public_url: str) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._public_url = public_url

    async def carry(self, parcel: Parcel) -> Tried:
        """Send one turn of an issue."""
        assert isinstance(parcel.to, Subscriber)  # challenges do not go through the outbox
        (bulletin,) = parcel.bulletins
        leading = links.of_subscriber(parcel.page, self._public_url, parcel.to)
        post = visitor_hook.news(parcel.page, parcel.names, bulletin, leading, parcel.id)
        exchange = await self._send(parcel.to, post, _NEWS_WITHIN_MS)
        response = exchange.response
        if response is None:
            return Tried(Result.FAILED, str(exchange.fault))
        return trying.answered(response, exchange.ended_ms // 1_000)

    async def challenge(self, opt_in: OptIn, page: Page, token: str) -> Challenged:
        """Ask the receiver to echo `token`. It is told no more than a name: what went wrong on the
        way there could tell the asker about networks that are none of theirs."""
        at_ms = self._clock.now_ms()
        url = page.address(self._public_url)
        post = visitor_hook.challenge(f"{opt_in.id}-{opt_in.tries}", page, url, token, at_ms)
        exchange = await self._send(opt_in, post, _CHALLENGE_WITHIN_MS)
        response = exchange.response
        if response is None or exchange.fault is not None:
            return Challenged(Echo.NOTHING)
        if not 200 <= response.status < 300:
            return Challenged(Echo.REFUSED, response.status)
        right = visitor_hook.echoes(response.body, token)
        return Challenged(Echo.RIGHT if right else Echo.WRONG, response.status)

    async def rest(self) -> None:
        """Nothing: connections that nobody uses are closed in a while by themselves."""

    async def close(self) -> None:
        """Close every connection."""
        await self._outgoing.close()

    async def _send(self, to: Subscriber | OptIn, post: Post, within_ms: int) -> Exchange:
        at = self._clock.now_ms() // 1_000
        signature = sign(to.secret or "", post.id, at, post.body)
        request = Request(to.target, visitor_hook.headers(post, signature, at), post.body)
        return await self._outgoing.exchange(request, within_ms=within_ms)

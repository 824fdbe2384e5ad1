"""Subscriptions as visitors get to them: limited, confirmed, and carried out."""

import secrets
from functools import partial
from typing import Protocol

from tocsin.app import subscribing
from tocsin.app.subscribing import Asked, Keys, Subscription, Wish
from tocsin.app.throttle import Throttle
from tocsin.app.visitor_hooks import Challenged, Echo
from tocsin.app.webhook_secret import new_secret
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.page import Page
from tocsin.model.subscriber import Choice, Medium, OptIn
from tocsin.store.store import Store


class Challenger(Protocol):
    """Asks a webhook whether it wants to be called."""

    async def challenge(self, opt_in: OptIn, page: Page, token: str) -> Challenged:
        """What came of asking it to echo `token`."""
        ...


class Postman(Protocol):
    """Sends what is in the outbox."""

    media: frozenset[Medium]
    """By which media subscribers are told."""

    def wake(self) -> None:
        """Look whether there is something to send."""
        ...


class Subscriptions:
    """What visitors can do about subscriptions. Lives on the loop.

    `media` are those on offer.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        throttle: Throttle,
        challenger: Challenger,
        postman: Postman,
    ) -> None:
        self.media = postman.media
        self._wake = postman.wake
        self._store = store
        self._clock = clock
        self._throttle = throttle
        self._challenger = challenger

    async def ask(self, wish: Wish, address: str) -> OptIn:
        """Note what somebody at this network address asks for, and have it confirmed by e-mail.

        Refused: not_found, invalid, medium_off, too_many_requests.
        """
        if wish.medium not in self.media:
            raise Refused(Code.MEDIUM_OFF, "This server does not tell subscribers by that medium.")
        self._throttle.check(address)
        secret = new_secret() if wish.medium is Medium.WEBHOOK else None
        keys = Keys(token=_new_token(), secret=secret)
        asked = (await self._store.change(subscribing.ask(wish, keys))).value
        self._wake()
        return asked

    async def asked(self, token: str) -> Asked:
        """What the token is to confirm. Refused: not_found."""
        now = self._clock.now_ms() // 1_000
        return await self._store.read(partial(subscribing.asked, token=token, now=now))

    async def confirm(self, token: str, address: str) -> Subscription | Challenged:
        """Confirm an opt-in: by e-mail that is all, a webhook has to echo a challenge first.

        Refused: not_found, too_many_requests.
        """
        asked = await self.asked(token)
        if asked.subscriber is None and asked.opt_in.medium is Medium.WEBHOOK:
            self._throttle.check(address)
            asked = (await self._store.change(subscribing.begin_challenge(token))).value
            challenge = secrets.token_urlsafe(24)
            answered = await self._challenger.challenge(asked.opt_in, asked.page, challenge)
            if answered.echo is not Echo.RIGHT:
                return answered
        return (await self._store.change(subscribing.confirm(token))).value

    async def opened(self, token: str) -> Subscription:
        """The subscription that the token opens. Refused: not_found."""
        return await self._store.read(partial(subscribing.opened, token=token))

    async def choose(self, token: str, choice: Choice) -> Subscription:
        """Change what a subscriber hears of. Refused: not_found, invalid, forbidden."""
        return (await self._store.change(subscribing.choose(token, choice))).value

    async def stop(self, token: str) -> None:
        """End a subscription, if it has not ended yet."""
        await self._store.change(subscribing.stop(token))


def _new_token() -> str:
    return secrets.token_urlsafe(24)

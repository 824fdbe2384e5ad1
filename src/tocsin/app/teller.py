"""The teller: carries what people are to be told to where each wants to be told."""

import asyncio
from collections import Counter
from collections.abc import Collection
from random import Random

from sqlalchemy import Connection

from tocsin.app import endpoint_notices, links, telling
from tocsin.app.clock import AlarmClock
from tocsin.app.messengers import Messengers
from tocsin.app.rounds import Round
from tocsin.app.smtp import Smtp
from tocsin.model.clock import Clock
from tocsin.model.event import Change
from tocsin.model.notify_scheme import MAIL
from tocsin.model.notify_url import mailbox, scheme
from tocsin.model.telling import TYPES, Occasion
from tocsin.model.trying import Result, Tried
from tocsin.store import tellings
from tocsin.store.store import Store
from tocsin.store.tellings import Telling
from tocsin.store.tx import Tx
from tocsin.wire.letter import Letter

_TYPES = endpoint_notices.TYPES | {one.log_type for one in TYPES}


class Teller:
    """Tells people what there is to be told. Lives on the loop. What it does not get done is in the
    database."""

    def __init__(
        self, store: Store, clock: AlarmClock, errands: "Tellings", chance: Random
    ) -> None:
        self.settled: Counter[Result] = Counter()
        """What became of tellings, for metrics."""
        self._round = Round(store, clock, errands, chance, self._note)

    def on_change(self, change: Change) -> None:
        """Look for what is to be told, because `change` was committed. Called on the loop."""
        if any(event.type in _TYPES for event in change):
            self._round.wake()

    async def run(self) -> None:
        """Work until cancelled; then what is under way has a moment to arrive."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._round.run())
            try:
                await asyncio.Event().wait()
            finally:
                self._round.end()

    def _note(self, _: Telling, settled: Tried) -> None:
        self.settled[settled.result] += 1


class Tellings:
    """What people are to be told, and how they are: by mail through the operator's server, if there
    is one, by everything else through Apprise."""

    medium = "telling"
    at_once = 16

    def __init__(
        self, messengers: Messengers, smtp: Smtp | None, clock: Clock, public_url: str
    ) -> None:
        self._messengers = messengers
        self._smtp = smtp
        self._clock = clock
        self._public_url = public_url

    def claim(self, tx: Tx, limit: int, busy: Collection[str]) -> list[Telling]:
        """Take tellings that are due."""
        return telling.claim(tx, limit, busy)

    def settle(self, tx: Tx, message: Telling, tried: Tried, chance: float) -> Tried:
        """Keep what became of one."""
        return telling.settle(tx, message, tried, chance)

    def next_due_ms(self, conn: Connection) -> int | None:
        """When the next one is due."""
        return tellings.next_due_ms(conn)

    async def carry(self, message: Telling) -> Tried:
        """Tell somebody what happened, and where there is more."""
        link = links.of_topic(self._public_url, message.topic)
        body = f"{message.body}\n\n{link}"
        if scheme(message.url) in MAIL:
            return await self._mail(message, body)
        kind = None if message.occasion is Occasion.RESOLVED else message.severity
        return await self._messengers.tell(message.url, message.title, body, kind)

    async def rest(self) -> None:
        """Leave the mail server."""
        if self._smtp is not None:
            await self._smtp.rest()

    async def close(self) -> None:
        """The same: there will be nothing more."""
        await self.rest()

    async def _mail(self, message: Telling, body: str) -> Tried:
        if self._smtp is None:
            return Tried(Result.REFUSED, "there is no mail.smtp_host")
        # The standard library's messages cost a start 2 MB, and few services ever send any.
        from tocsin.wire import mail

        envelope = mail.Envelope(
            id=message.id,
            sender=self._smtp.sender,
            recipient=mailbox(message.url),
            page=self._public_url,
            at_ms=self._clock.now_ms(),
        )
        _, _, about = message.topic.partition("/")
        letter = Letter(message.title, body, html="", thread=about)
        return await self._smtp.send(envelope.recipient, mail.message(letter, envelope))

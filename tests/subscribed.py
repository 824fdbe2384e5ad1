"""Subscribers over a real store, without network: they subscribe, and their messages are taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.domain import Domain

from tocsin.app import bulletins, subscribing
from tocsin.app.bulletins import Manner
from tocsin.app.outbox import Parcel, claim, settle
from tocsin.app.subscribing import Keys, Wish
from tocsin.model.subscriber import Medium, OptIn, Subscriber
from tocsin.model.trying import Result, Schedule, Tried

DELIVERED = Tried(Result.DELIVERED)
FAILED = Tried(Result.FAILED, "it failed")
REFUSED = Tried(Result.REFUSED, "it was refused")
UNWANTED = Tried(Result.UNWANTED, "it is not wanted")

SECRET = "whsec_c2VjcmV0IG9mIGEgdGVzdCwgbG9uZyBlbm91Z2g="


@dataclass
class Readers:
    """The subscribers of a domain; mail is digested within `digest_s`."""

    there: Domain
    digest_s: int = 300
    media: frozenset[Medium] = frozenset(Medium)
    _tokens: list[str] = field(default_factory=list)

    async def ask(
        self,
        target: str,
        *component_ids: str,
        page: str = "main",
        medium: Medium = Medium.EMAIL,
    ) -> OptIn:
        """Ask for a subscription; without components to the whole page."""
        token = f"{target}-{len(self._tokens)}"
        self._tokens.append(token)
        wish = Wish(page, medium, target, frozenset(component_ids) or None)
        secret = SECRET if medium is Medium.WEBHOOK else None
        return await self.there.do(subscribing.ask(wish, Keys(token, secret)))

    async def subscribe(
        self,
        target: str,
        *component_ids: str,
        page: str = "main",
        medium: Medium = Medium.EMAIL,
    ) -> Subscriber:
        """Ask and confirm. What asks for the confirmation is not left in the outbox."""
        asked = await self.ask(target, *component_ids, page=page, medium=medium)
        confirmed = await self.there.do(subscribing.confirm(asked.token))
        await self.there.do(partial(claim, medium=Medium.EMAIL, limit=100))
        return confirmed.subscriber

    async def spread(self) -> None:
        """Put every bulletin into the outbox of those whom it concerns."""
        unit = partial(bulletins.spread, manner=Manner(self.media, self.digest_s * 1_000))
        while await self.there.do(unit):
            pass

    async def due(self, medium: Medium = Medium.EMAIL, limit: int = 100) -> list[Parcel]:
        """Spread, and take what is due now."""
        await self.spread()
        return await self.there.do(partial(claim, medium=medium, limit=limit))

    async def settle(
        self, parcel: Parcel, tried: Tried = DELIVERED, schedule: Schedule = (10, 100)
    ) -> Tried:
        """Say what became of a message."""
        unit = partial(settle, parcel=parcel, tried=tried, schedule=schedule, chance=0.5)
        return await self.there.do(unit)

    async def told(self, medium: Medium = Medium.EMAIL) -> dict[str, list[str]]:
        """Deliver all that is due now: the kinds of bulletins that each target gets."""
        got: dict[str, list[str]] = {}
        while parcels := await self.due(medium):
            for parcel in parcels:
                got.setdefault(parcel.to.target, []).extend(kinds(parcel))
                await self.settle(parcel)
        return got


def kinds(parcel: Parcel) -> list[str]:
    """What a message tells."""
    return [bulletin.kind.value for bulletin in parcel.bulletins]


def targets(parcels: Sequence[Parcel]) -> list[str]:
    """To whom messages go."""
    return [parcel.to.target for parcel in parcels]

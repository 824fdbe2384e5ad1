"""What comes in about alerts, as the event loop sees it: who brings it, how often, and how much."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import partial

from tocsin.app import heartbeats, intake
from tocsin.app.intake_rate import IntakeRate
from tocsin.model.alert import Effect
from tocsin.model.alert_event import AlertEvent
from tocsin.model.clock import Clock
from tocsin.model.errors import Code
from tocsin.model.event import Change
from tocsin.model.heartbeat import Heartbeat
from tocsin.model.integration import Integration, is_key
from tocsin.store import integrations
from tocsin.store.store import Store

# Units of work of one push that are queued together: enough to share a commit, few enough that
# others get their turn between them.
_TOGETHER = 4
_KNOWN_LIMIT = 10_000


class Source(StrEnum):
    """The ways in which alerts come."""

    STANDARD = "standard"
    ALERTMANAGER = "alertmanager"
    ALERTMANAGER_API = "alertmanager_api"
    PAGERDUTY = "pagerduty"
    HEARTBEAT = "heartbeat"
    NATS = "nats"


class AlertIntake:
    """Lets the events of alerts in. Lives on the loop.

    Keys are remembered until an integration changes; only those that exist are, so that guessing
    fills no memory. `look_again` wakes the timers. `events` counts what they did, `refusals` the
    pushes that were refused.
    """

    def __init__(
        self, store: Store, clock: Clock, rate: IntakeRate, look_again: Callable[[], None]
    ) -> None:
        self.events: Counter[tuple[Source, Effect]] = Counter()
        self.refusals: Counter[tuple[Source, Code]] = Counter()
        self.started_at = clock.now_ms() // 1_000
        self._clock = clock
        self._store = store
        self._rate = rate
        self._look_again = look_again
        self._known: dict[str, Integration] = {}
        self._changes = 0

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self._clock.now_ms() // 1_000

    async def integration(self, key: str) -> Integration:
        """The integration that shows this key. Refused: unauthorized; `TooOften` while it has
        brought too much."""
        known = self._known.get(key)
        if known is None:
            known = await self._find(key)
        self._rate.check(known.id, 0)
        return known

    async def take(
        self, source: Source, integration: Integration, events: Sequence[AlertEvent]
    ) -> None:
        """Take in what one push says; returns once all of it is on disk.

        Refused: `TooOften`, and then nothing is; unauthorized when the integration is gone by then.
        When it fails half-way, sending the push again takes in the rest.
        """
        self._rate.check(integration.id, len(events))
        slices = [events[at : at + intake.SLICE] for at in range(0, len(events), intake.SLICE)]
        for at in range(0, len(slices), _TOGETHER):
            units = (
                partial(intake.take, integration_id=integration.id, events=one)
                for one in slices[at : at + _TOGETHER]
            )
            for done in await asyncio.gather(*map(self._store.change, units)):
                self.count(source, done.value)
        self.planned(events)

    async def acknowledge(self, integration: Integration, key: str) -> None:
        """Somebody takes on the incident of the open alert with this key, if there is one."""
        self._rate.check(integration.id)
        unit = partial(intake.acknowledge, integration_id=integration.id, key=key)
        await self._store.change(unit)

    async def beat(self, integration: Integration, name: str, every_s: int) -> Heartbeat:
        """What beats by this name has; how it is then. Refused as `heartbeats.beat`."""
        self._rate.check(integration.id)
        beats = partial(heartbeats.beat, integration_id=integration.id, name=name, every_s=every_s)
        heartbeat, effects = (await self._store.change(beats)).value
        self.count(Source.HEARTBEAT, effects)
        self._look_again()
        return heartbeat

    def planned(self, events: Iterable[AlertEvent]) -> None:
        """These are on disk. Of an end that one may have, no event of the log tells the timers."""
        if any(one.ends_at for one in events):
            self._look_again()

    def count(self, source: Source, effects: Iterable[Effect]) -> None:
        """Count what events did."""
        for effect in effects:
            self.events[source, effect] += 1

    def on_change(self, change: Change) -> None:
        """Forget what was known if an integration changed. To be told of every change."""
        for event in change:
            if event.type.startswith("tocsin.integration."):
                self._changes += 1
                self._known.clear()
            if event.type == "tocsin.integration.deleted":
                self._rate.forget(event.topic.partition("/")[2])

    async def _find(self, key: str) -> Integration:
        changes = self._changes
        if not is_key(key):
            raise intake.unknown_key()
        found = await self._store.read(partial(integrations.by_key, key=key))
        if found is None:
            raise intake.unknown_key()
        # What was read while an integration changed may be gone already.
        if changes == self._changes and len(self._known) < _KNOWN_LIMIT:
            self._known[key] = found
        return found

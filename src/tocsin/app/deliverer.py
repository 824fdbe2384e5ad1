"""The deliverer: takes what is due at endpoints, sends it, and keeps what came of it."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, Final

import structlog

from tocsin.app import delivering
from tocsin.app.bodies import Bodies
from tocsin.app.clock import AlarmClock, woken
from tocsin.app.delivering import Claimed, Hands, Made
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.app.endpoint_requests import EndpointRequests
from tocsin.model.endpoint import id_of
from tocsin.model.event import Change
from tocsin.model.exchange import Exchange
from tocsin.store.store import Store, StoreUnavailable

_log = structlog.get_logger(__name__)

_RETRY_MS: Final = 1_000
# After a fault of ours, which must not take the rest of the service with it.
_FAULT_RETRY_MS: Final = 60_000
# How long what is being sent may take to arrive when the service stops, in seconds.
_GRACE_S: Final = 5
# After a turn that kept many results, the next may gather for as long as that one took, but no
# longer than so many seconds: a turn costs much the same however many it keeps.
_MANY: Final = 16
_GATHER_S: Final = 0.02
# How often others are told that this worker lives, and looked after.
_BEAT_MS: Final = 5_000


class Deliverer:
    """Sends endpoints what they are to be told. Lives on the loop.

    What it does in the database is one unit of work at a time, a turn: it writes the results that
    have gathered during the one before, and takes what is due.
    """

    def __init__(
        self, store: Store, clock: AlarmClock, caller: EndpointCaller, chance: Random, worker: str
    ) -> None:
        self.on_attempt: Callable[[Made], None] = lambda made: None
        """Told of every attempt, for metrics."""
        self._store = store
        self._clock = clock
        self._caller = caller
        self._chance = chance
        self._worker = worker
        self._requests = EndpointRequests(caller, Bodies(), self._arrived, self._failed)
        self._woken = asyncio.Event()
        self._ending = asyncio.Event()
        self._made: list[Made] = []
        self._unbegun: list[str] = []
        self._served: dict[str, None] = {}  # in the order in which it was last
        self._beside: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look again for what is due."""
        self._woken.set()

    def on_change(self, change: Change) -> None:
        """Begin nothing more by what endpoints were. Called on the loop."""
        for event in change:
            if event.type.startswith("tocsin.endpoint."):
                self._leave(id_of(event.topic))
                self._begin(self._caller.prepare())

    async def run(self) -> None:
        """Work until cancelled; then what is being sent has a moment to arrive."""
        self._ending.clear()
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        finally:
            self._ending.set()
            self._woken.set()
            self._requests.leave_all()
            await working
            await self._requests.finish(_GRACE_S)
            await self._end()
            await self._caller.close()

    async def share(self) -> None:
        """Let other workers know that this one lives, take over from those that do not, and look
        for what they cannot manage, until cancelled."""
        while True:
            await self._clock.until(self._clock.now_ms() + _BEAT_MS)
            try:
                await self._store.change(partial(delivering.beat, worker=self._worker))
            except StoreUnavailable as failure:
                _log.warning("a worker cannot say that it lives", cause=str(failure))
            self.wake()

    async def _work(self) -> None:
        loop, begun = asyncio.get_running_loop(), False
        while not self._ending.is_set():
            self._woken.clear()
            began, kept = loop.time(), len(self._made)
            try:
                if not begun:
                    await self._store.change(partial(delivering.begin, worker=self._worker))
                    begun = True
                next_ms = await self._turn()
            except StoreUnavailable as failure:
                _log.warning("deliveries wait for the store", cause=str(failure))
                await self._rest(_RETRY_MS)
                continue
            took_s = loop.time() - began
            await woken(self._woken, self._clock, *([] if next_ms is None else [next_ms]))
            if kept >= _MANY:
                await asyncio.sleep(min(took_s, _GATHER_S))

    async def _turn(self) -> int | None:
        """When there is more to do (Unix ms), if nothing happens before."""
        hands = self._take_hands()
        try:
            turn = (await self._store.change(partial(delivering.turn, hands=hands))).value
        except StoreUnavailable:
            self._take_back(hands)
            raise
        except Exception:
            _log.exception("a turn of deliveries failed")
            await self._keep_apart(hands)
            return None
        for endpoint_id in turn.halted:
            self._leave(endpoint_id)
        if turn.claimed:
            await self._caller.prepare()
        if not self._ending.is_set():  # else they are given back with everything else
            self._serve(turn.claimed)
        return turn.next_ms

    def _serve(self, claimed: Sequence[Claimed]) -> None:
        for one in claimed:
            self._served.pop(one.endpoint.id, None)
            self._served[one.endpoint.id] = None
        self._requests.add(claimed)

    def _take_hands(self) -> Hands:
        hands = Hands(
            worker=self._worker,
            made=self._made,
            unbegun=self._unbegun,
            held=self._requests.held(),
            served=list(self._served),
        )
        self._made, self._unbegun = [], []
        return hands

    def _take_back(self, hands: Hands) -> None:
        self._made += hands.made
        self._unbegun += hands.unbegun

    async def _keep_apart(self, hands: Hands) -> None:
        """Keep each result for itself, lest one that cannot be kept holds up the others. Where
        there is none, it is what is due that cannot be taken."""
        for one in hands.made:
            await self._keep(replace(hands, made=[one]))
        if not hands.made:
            self._take_back(hands)
            await self._rest(_FAULT_RETRY_MS)

    async def _keep(self, hands: Hands) -> None:
        try:
            await self._store.change(partial(delivering.keep, hands=hands))
        except StoreUnavailable:
            self._take_back(hands)
        except Exception:
            _log.exception("a result could not be kept")
            self._put_off(partial(self._take_back, hands))

    async def _end(self) -> None:
        for task in self._beside:
            task.cancel()
        hands = self._take_hands()
        try:
            await self._store.change(partial(delivering.end, hands=hands))
        except StoreUnavailable as failure:
            _log.warning("deliveries are left behind as they are", cause=str(failure))
        except Exception:
            _log.exception("results could not be kept")

    async def _rest(self, for_ms: int) -> None:
        await woken(self._ending, self._clock, self._clock.now_ms() + for_ms)

    def _arrived(self, claimed: Claimed, exchange: Exchange) -> None:
        made = Made(claimed, exchange, self._chance.random())
        self._made.append(made)
        self.on_attempt(made)
        self._woken.set()

    def _failed(self, claimed: Claimed) -> None:
        hands = Hands(worker=self._worker, unbegun=[claimed.delivery.id])
        self._put_off(partial(self._take_back, hands))

    def _leave(self, endpoint_id: str) -> None:
        self._served.pop(endpoint_id, None)
        self._unbegun += self._requests.leave(endpoint_id)
        self._woken.set()

    def _put_off(self, what: Callable[[], None]) -> None:
        """Do it in a while: a fault of ours is likely to be there still."""

        async def later() -> None:
            await self._clock.until(self._clock.now_ms() + _FAULT_RETRY_MS)
            what()
            self._woken.set()

        self._begin(later())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

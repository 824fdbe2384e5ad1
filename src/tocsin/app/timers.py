"""What happens by itself when its time comes: schedules take their steps, runs are closed."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from tocsin.app import assignment, heartbeats, incident_times, intake, issues, operations
from tocsin.app.clock import AlarmClock, woken
from tocsin.model.event import Change
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

# Transitions that are asked for together, so that many issues due at one second share commits.
_TOGETHER = 32
_RETRY_MS = 1_000
# How long to wait at most before looking again: of what another node has planned and then died
# over, no event may have told.
_LOOK_AGAIN_MS = 60_000


class Kind(NamedTuple):
    """A kind of things that become due.

    `next_ms` reads when the first of them does (Unix ms, maybe past), `take` carries that one out
    if it is due. `events` is how the types of events begin after which that may be another one;
    what appends no event tells by `Timers.look_again`.
    """

    next_ms: Callable[[Connection], int | None]
    take: Callable[[Tx], None]
    events: tuple[str, ...] = ()


_INCIDENTS = ("tocsin.incident.",)
_CHANNELS = ("tocsin.channel.",)
_KINDS = (
    Kind(issues.next_due_ms, issues.take_due, ("tocsin.issue.",)),
    Kind(operations.next_due_ms, operations.close_due),
    Kind(incident_times.next_awake_ms, incident_times.wake_due, _INCIDENTS),
    Kind(incident_times.next_closing_ms, incident_times.close_due, _INCIDENTS + _CHANNELS),
    Kind(assignment.next_due_ms, assignment.take_due, _INCIDENTS),
    Kind(intake.next_end_ms, intake.end_due),
    Kind(heartbeats.next_due_ms, heartbeats.take_due),
)
_EVENTS = tuple(begins for kind in _KINDS for begins in kind.events)


class _Due(NamedTuple):
    at_ms: int
    kind: Kind


class Timers:
    """Carries out what is due, in the order of its times, each as a change of its own.

    What came due while the service was stopped is carried out first, with the times it was planned
    for. Several nodes may each run this: a transition is taken in the transaction that makes it.
    """

    def __init__(self, store: Store, clock: AlarmClock) -> None:
        self._store = store
        self._clock = clock
        self._changed = asyncio.Event()

    def on_change(self, change: Change) -> None:
        """Look again for what is next, because `change` was committed. Called on the loop."""
        if any(event.type.startswith(_EVENTS) for event in change):
            self._changed.set()

    def look_again(self) -> None:
        """Look again for what is next, for another reason. Called on the loop."""
        self._changed.set()

    async def run(self) -> None:
        """Carry out what comes due, until cancelled.

        Whatever fails is tried again: a bug in one transition must not take the log and its readers
        down with it.
        """
        while True:
            self._changed.clear()
            try:
                next_ms = await self.catch_up()
            except StoreUnavailable as failure:
                _log.warning("timers wait for the store", cause=str(failure))
                next_ms = self._clock.now_ms() + _RETRY_MS
            except Exception:
                _log.exception("what is due could not be carried out")
                next_ms = self._clock.now_ms() + _RETRY_MS
            times = [] if next_ms is None else [next_ms]
            again_ms = self._clock.now_ms() + _LOOK_AGAIN_MS
            await woken(self._changed, self._clock, again_ms, *times)

    async def catch_up(self) -> int | None:
        """Carry out all that is due now; returns when the next one is (Unix ms), or None."""
        while True:
            due = await self._store.read(_first)
            if due is None or due.at_ms > self._clock.now_ms():
                return due and due.at_ms
            take = due.kind.take
            await asyncio.gather(*(self._store.change(take) for _ in range(_TOGETHER)))


def _first(conn: Connection) -> _Due | None:
    """What is due before all else, be it past or to come."""
    times = ((kind.next_ms(conn), kind) for kind in _KINDS)
    due = (_Due(at_ms, kind) for at_ms, kind in times if at_ms is not None)
    return min(due, key=lambda one: one.at_ms, default=None)

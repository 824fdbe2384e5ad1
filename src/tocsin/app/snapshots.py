"""Keeping boards beside the log, so that the past can be shown without folding all of it."""

import asyncio
import logging

from sqlalchemy import Connection

from tocsin.app import board
from tocsin.app.replay import board_at
from tocsin.model import snapshot
from tocsin.model.board import is_told
from tocsin.model.event import Change
from tocsin.store import log, snapshots
from tocsin.store.snapshots import Snapshot
from tocsin.store.store import Store, StoreUnavailable

_log = logging.getLogger(__name__)

# Events about pages, components and issues between two snapshots: what showing a moment of the past
# may cost. Others are passed over by an index, so that neither time nor traffic counts.
_APART = 1_000


class Snapshots:
    """Takes a snapshot whenever enough has happened since the last one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told = 0
        self._enough = asyncio.Event()

    def on_change(self, change: Change) -> None:
        """Count what `change` told. Called on the loop."""
        self._told += sum(is_told(event) for event in change)
        if self._told >= _APART:
            self._enough.set()

    async def run(self) -> None:
        """Take what is due, until cancelled; what fails is tried again at the next change."""
        while True:
            self._enough.clear()
            try:
                await self._take_due()
            except StoreUnavailable as failure:
                _log.warning("no snapshot taken: %s", failure)
            await self._enough.wait()

    async def _take_due(self) -> None:
        self._told = await self._store.read(snapshots.told_since_newest)
        if self._told >= _APART:
            await take(self._store)
            self._told = 0


async def take(store: Store) -> None:
    """Keep the board as it is now."""
    await _keep(store, await store.read(_now))


async def begin_log_after(store: Store, sequence: int) -> None:
    """Keep the board as of that event, since retention is about to remove the log up to it."""
    if sequence < store.first_available:
        return
    then = await board_at(store, sequence)
    if then is not None:
        recorded_ms = await store.read(lambda conn: log.recorded_ms(conn, sequence))
        await _keep(store, Snapshot(sequence, recorded_ms, snapshot.encode(then)))


async def _keep(store: Store, taken: Snapshot) -> None:
    await store.change(lambda tx: snapshots.add(tx.conn, taken))


def _now(conn: Connection) -> Snapshot:
    loaded = board.load(conn)
    return Snapshot(loaded.sequence, log.facts(conn).recorded_ms, snapshot.encode(loaded.board))

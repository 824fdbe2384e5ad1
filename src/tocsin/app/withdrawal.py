"""Cancelling what is on its way to endpoints that were disabled or deleted (spec: webhooks,
"Delivery").

What they are to have must not be sent from the moment at which they are, but it may be so much that
a single unit of work would hold up everybody who writes.
"""

import asyncio
import logging
from typing import Final

from tocsin.app import endpoints
from tocsin.app.removal import remove_all
from tocsin.model.event import Change
from tocsin.store.store import Store, StoreUnavailable

_log = logging.getLogger(__name__)

_ENDED: Final = frozenset({"tocsin.endpoint.disabled", "tocsin.endpoint.deleted"})


class Withdrawal:
    """Cancels what the unit of work that disabled or deleted an endpoint has left. What it leaves
    itself, since the server ends or the store fails, upkeep cancels."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = asyncio.Event()

    def on_change(self, change: Change) -> None:
        """See whether there may be something to cancel. Called on the loop."""
        if any(event.type in _ENDED for event in change):
            self._asked.set()

    async def run(self) -> None:
        """Cancel what there is to cancel, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                await remove_all(self._store, endpoints.cancel_rest)
            except StoreUnavailable as failure:
                _log.warning("not cancelled: %s", failure)

"""Removing much of what is stored, without holding anybody up."""

from collections.abc import Callable

from tocsin.store.store import Store
from tocsin.store.tx import Tx


async def remove_all(store: Store, batch: Callable[[Tx], int]) -> int:
    """Do a unit of work that removes a batch, again and again until nothing is left for it.

    It returns how many it has removed; all together are returned. Small units of work let those
    of others in between.
    """
    total = 0
    while removed := (await store.change(batch)).value:
        total += removed
    return total

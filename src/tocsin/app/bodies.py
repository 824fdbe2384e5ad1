"""The bodies of what endpoints are sent, each made once for all that get it."""

from typing import Final

from tocsin.app.delivering import Claimed
from tocsin.model.endpoint import Profile
from tocsin.store.store import Store
from tocsin.wire import webhook

_KEPT: Final = 256


class Bodies:
    """Remembers the last bodies that were made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: dict[tuple[Profile, int, str], bytes] = {}

    def of(self, claimed: Claimed) -> bytes:
        """The body of a delivery, the same at every attempt."""
        delivery, profile = claimed.delivery, claimed.endpoint.profile
        which = (profile, delivery.sequence, delivery.base_url)
        body = self._made.get(which)
        if body is None:
            body = webhook.body(
                profile, claimed.event, delivery.webhook_id, delivery.base_url, self._store.epoch
            )
            self._made[which] = body
            if len(self._made) > _KEPT:
                del self._made[next(iter(self._made))]
        return body

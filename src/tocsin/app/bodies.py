"""The bodies of what endpoints are sent, each made once for all that get it."""

from typing import Final

from tocsin.app.delivering import Claimed
from tocsin.wire import webhook

_KEPT: Final = 256


class Bodies:
    """Remembers the last bodies that were made."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], bytes] = {}

    def of(self, claimed: Claimed) -> bytes:
        """The body of a delivery, the same at every attempt."""
        delivery = claimed.delivery
        which = (delivery.webhook_id, delivery.base_url)
        body = self._made.get(which)
        if body is None:
            body = webhook.body(claimed.event, *which)
            self._made[which] = body
            if len(self._made) > _KEPT:
                del self._made[next(iter(self._made))]
        return body

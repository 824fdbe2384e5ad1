"""Calling endpoints: one signed request, and what came back."""

from tocsin.app.outgoing import Outgoing
from tocsin.app.signing import sign
from tocsin.model.clock import Clock
from tocsin.model.delivery import Delivery
from tocsin.model.endpoint import Endpoint, secrets
from tocsin.model.exchange import Exchange, Request
from tocsin.wire import webhook


class EndpointCaller:
    """Calls endpoints. Lives on the loop."""

    def __init__(self, outgoing: Outgoing, clock: Clock) -> None:
        self._outgoing = outgoing
        self._clock = clock

    async def call(
        self, endpoint: Endpoint, webhook_id: str, body: bytes, delivery: Delivery | None = None
    ) -> Exchange:
        """Send `body`, signed by every secret that is valid now; a failure of the other side is
        what the exchange says.

        The receiver is told the place of a `delivery` among those of its key; tests and custom
        actions have none.
        """
        at = self._clock.now_ms() // 1_000
        signatures = [sign(secret, webhook_id, at, body) for secret in secrets(endpoint, at)]
        headers = webhook.headers(endpoint, webhook_id, at, signatures, delivery)
        return await self._outgoing.exchange(
            Request(endpoint.url, headers, body),
            within_ms=endpoint.timeout_ms,
            verify_tls=endpoint.verify_tls,
        )

    async def prepare(self) -> None:
        """Get ready to call, which takes a moment the first time."""
        await self._outgoing.prepare()

    async def close(self) -> None:
        """Close every connection."""
        await self._outgoing.close()

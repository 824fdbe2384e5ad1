"""Testing endpoints: a sample is sent at once, outside of everything that is on its way."""

import secrets
from functools import partial

from tocsin.app import endpoints
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.model.clock import Clock
from tocsin.model.endpoint import check_event_type
from tocsin.model.exchange import Exchange
from tocsin.store.store import Store
from tocsin.wire import webhook_sample


class Samples:
    """Sends samples to endpoints. Lives on the loop."""

    def __init__(self, store: Store, caller: EndpointCaller, clock: Clock, public_url: str) -> None:
        self._store = store
        self._caller = caller
        self._clock = clock
        self._public_url = public_url

    async def send(self, endpoint_id: str, event_type: str | None) -> Exchange:
        """Send one signed sample, and say what came back; None: of the type that is usual there.

        It counts for nothing: no delivery is written, and the endpoint may be disabled. Refused:
        not_found, and invalid for a type that the endpoint's profile does not have.
        """
        endpoint = await self._store.read(partial(endpoints.get, endpoint_id=endpoint_id))
        if event_type is None:
            event_type = webhook_sample.default_type(endpoint)
        check_event_type(endpoint.profile, event_type, "event_type")
        event_id, now_ms = secrets.token_hex(16), self._clock.now_ms()
        body = webhook_sample.body(endpoint, event_type, event_id, self._public_url, now_ms)
        return await self._caller.call(endpoint, event_id, body)

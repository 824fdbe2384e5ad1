"""Custom actions: somebody presses a button on an incident, and its receiver is called (spec:
webhooks, "Endpoint").

What a receiver has done cannot be taken back. So everything that may refuse it is looked at before,
nothing after; and what is written then is that it was done.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

from sqlalchemy import Connection

from tocsin.app import incidents
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.app.idempotency import Answer, answered, once
from tocsin.app.incidents import ANY
from tocsin.model import custom_action as model
from tocsin.model.clock import Clock
from tocsin.model.endpoint import Endpoint
from tocsin.model.errors import Code, Refused
from tocsin.model.exchange import Exchange
from tocsin.model.incident import Incident
from tocsin.model.incident_command import Act, Decision, custom
from tocsin.model.person import Person
from tocsin.model.precondition import Precondition
from tocsin.store import alerts, endpoints
from tocsin.store.idempotency import Call
from tocsin.store.store import Committed, Store
from tocsin.store.tx import Tx
from tocsin.wire import flashduty


@dataclass(frozen=True)
class Press:
    """A button that somebody presses, on an incident as they have `seen` it."""

    incident_id: str
    endpoint_id: str
    person_id: int
    seen: Precondition = ANY


@dataclass(frozen=True)
class Pressed:
    """What came of it, and the incident as it is now."""

    incident: Incident
    exchange: Exchange

    @property
    def succeeded(self) -> bool:
        """Whether the receiver did as it was asked."""
        return model.succeeded(self.exchange)


@dataclass(frozen=True)
class _Ready:
    """A press that nothing refuses, and what the receiver is told of it."""

    button: Endpoint
    person: Person
    body: bytes


def buttons(conn: Connection, incident_id: str, before: str | None, limit: int) -> list[Endpoint]:
    """The buttons of an incident that can be pressed, newest first, with ids below `before`.
    Refused: not_found."""
    incident = incidents.get(conn, incident_id)
    found = [one for one in endpoints.actions_of(conn, incident.channel_id) if one.enabled]
    return [one for one in reversed(found) if before is None or one.id < before][:limit]


class CustomActions:
    """Calls the receivers of custom actions. Lives on the loop."""

    def __init__(self, store: Store, caller: EndpointCaller, clock: Clock, public_url: str) -> None:
        self._store = store
        self._caller = caller
        self._clock = clock
        self._public_url = public_url
        self._under_way: set[tuple[str, str, str]] = set()

    async def press(
        self, press: Press, answer: Callable[[Pressed], Answer], call: Call | None = None
    ) -> Committed[Answer]:
        """Call the receiver once, and answer. If it does as it is asked, the timeline and the log
        tell of it; what happens to the incident while it is waited for makes no difference.

        A `call` that has succeeded before calls nobody. `answer` is pure. Refused: not_found,
        precondition_failed, invalid or endpoint_disabled as `model.pressed`, conflict while the
        same `call` is under way, and as `idempotency.once`.
        """
        with self._alone(call):
            if call is not None:
                now = self._clock.now_ms() // 1_000
                before = await self._store.read(partial(answered, call=call, now=now))
                if before is not None:
                    return Committed(before, self._store.head)
            event_id = _event_id(call)
            ready = await self._store.read(partial(self._ready, press=press, event_id=event_id))
            exchange = await self._caller.call(ready.button, event_id, ready.body)
            if not model.succeeded(exchange):
                return await self._failed(press, answer, exchange)
            unit = partial(_record, press=press, ready=ready, exchange=exchange, answer=answer)
            return await self._store.change(unit if call is None else once(call, unit))

    async def _failed(
        self, press: Press, answer: Callable[[Pressed], Answer], exchange: Exchange
    ) -> Committed[Answer]:
        incident = await self._store.read(partial(incidents.get, incident_id=press.incident_id))
        return Committed(answer(Pressed(incident, exchange)), self._store.head)

    def _ready(self, conn: Connection, press: Press, event_id: str) -> _Ready:
        incident = incidents.get(conn, press.incident_id)
        press.seen.check(incident.id, incident.version)
        button = model.pressed(endpoints.actions_of(conn, incident.channel_id), press.endpoint_id)
        person = incidents.person(conn, press.person_id)
        act = Act(person, self._clock.now_ms())
        entry, after = custom(incident, button.id, button.name, act).steps[-1]
        chosen = alerts.Chosen(incident_id=incident.id)
        newest = alerts.listing(conn, chosen, None, model.ALERTS_LIMIT)
        url = flashduty.detail_url(self._public_url, incident.id)
        told = [flashduty.api_alert(one) for one in newest]
        return _Ready(button, person, flashduty.push(entry, after, event_id, url, told))

    @contextmanager
    def _alone(self, call: Call | None) -> Iterator[None]:
        """Who repeats a call because the answer takes long must not have it done twice."""
        if call is None:
            yield
            return
        name = (call.token_id, call.path, call.key)
        if name in self._under_way:
            raise Refused(Code.CONFLICT, "The call with this Idempotency-Key is still under way.")
        self._under_way.add(name)
        try:
            yield
        finally:
            self._under_way.remove(name)


def _record(
    tx: Tx, press: Press, ready: _Ready, exchange: Exchange, answer: Callable[[Pressed], Answer]
) -> Answer:
    button = ready.button

    def command(incident: Incident, act: Act) -> Decision:
        return custom(incident, button.id, button.name, act)

    incident = incidents.act(tx, press.incident_id, command, ready.person)
    return answer(Pressed(incident, exchange))


def _event_id(call: Call | None) -> str:
    """32 hex digits. A call that is repeated since it failed has the same again, by which a
    receiver knows what it has done already, though its answer was lost."""
    if call is None:
        return secrets.token_hex(16)
    return sha256("\n".join((call.token_id, call.path, call.key)).encode()).hexdigest()[:32]

"""A receiver of webhooks that fails at random and forgets nothing."""

import threading
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx
import msgspec
from tests.delivery_witness import Seen
from tests.misbehaving import Call, Misbehaving, response
from tests.waiting import eventually

# How often requests of one event fail before one is taken, and how they do.
_FAILURES: Final = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)
_WAYS: Final = ("500", "503", "429", "408", "425", "reset", "close")
_TAKEN: Final = "204"
# One in so many events is refused for good.
_REFUSED: Final = 50


class _Body(msgspec.Struct):
    key: str


_decode = msgspec.json.Decoder(_Body).decode


@dataclass
class Unreliable:
    """Fails as chance has it, the same for each event in every life of the server, and all the time
    from its `fails_from`-th request on, `fails_for` times."""

    name: str
    fails_from: int
    fails_for: int
    seen: list[Seen] = field(default_factory=list)
    life: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _plans: dict[str, list[str]] = field(default_factory=dict)

    def receive(self, call: Call) -> None:
        """Treat a connection so."""
        while request := call.request():
            answer = self._note(request)
            if not answer.isdigit():
                return call.reset() if answer == "reset" else None
            call.say(response(int(answer)))
        return None

    def end_life(self, there: Misbehaving) -> None:
        """What comes from now on is of the server's next life. Call this while it has none: what is
        still to be read is of the last."""
        # Connections are taken in their order, so this is taken after all of the server's.
        httpx.get(there.url)
        eventually(lambda: there.idle)
        self.life += 1

    def _note(self, request: bytes) -> str:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n"))
        headers = {name.lower(): value for name, _, value in lines}
        if "webhook-id" not in headers:
            return _TAKEN
        with self._lock:
            answer = self._answer(headers["webhook-id"])
            seen = Seen(
                self.life,
                _decode(body).key,
                headers["webhook-id"],
                int(headers["tocsin-sequence"]),
                headers.get("tocsin-previous-id"),
                int(headers.get("tocsin-superseded", "0")),
                final=answer in (_TAKEN, "400"),
            )
            self.seen.append(seen)
        return answer

    def _answer(self, webhook_id: str) -> str:
        if self.fails_from <= len(self.seen) < self.fails_from + self.fails_for:
            return "503"
        plan = self._plans.setdefault(webhook_id, _plan(f"{self.name} {webhook_id}"))
        return plan.pop(0) if len(plan) > 1 else plan[0]


def _plan(seed: str) -> list[str]:
    """How to answer the requests of one event; like the last, from then on."""
    random = Random(seed)
    failures = random.choices(_WAYS, k=random.choice(_FAILURES))
    return [*failures, "400" if random.randrange(_REFUSED) == 0 else _TAKEN]

"""Checking that a webhook comes from Tocsin, and reading what it tells."""

import time
from dataclasses import dataclass
from typing import Any

import msgspec

from tocsin.wire import signature
from tocsin.wire.signature import Code, Headers, NotVerified


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands among those of its `key`: of two of one log, the one with the higher
    `number` is newer; of two logs of one server, the one whose name sorts later."""

    key: str
    log: str
    number: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """An event that a webhook told of.

    `id` is the same on every try. `type` is in the words of the endpoint's profile (`i_ack`,
    `tocsin.incident.ack`), `body` the whole document. `place` is None for what has no order, as
    tests have none.
    """

    id: str
    type: str
    body: dict[str, Any]
    place: Place | None


def verify(
    headers: Headers,
    body: bytes,
    secret: str,
    *,
    tolerance_s: int = signature.TOLERANCE_S,
    now: float | None = None,
) -> Pushed:
    """The event in a request to a webhook, once it is proven to come from who has the `secret`.

    `headers` are any mapping, in any case, a WSGI environment too; `body` is what came, before
    anything decodes or parses it. The clocks of both sides may differ by `tolerance_s`; `now` (Unix
    seconds) stands for this side's.

    Raises `NotVerified`, which a receiver answers with 401 or so, and `BadSecret` when the secret
    is none.
    """
    at = time.time() if now is None else now
    signed = signature.check(secret, headers, body, int(at), tolerance_s)
    return read(signed.id, body)


def read(id_: str, body: bytes) -> Pushed:
    """The event in a body. Raises `NotVerified` when there is none."""
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
        return Pushed(id_, told.get("event_type") or told["type"], told, _place(told))
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
        said = "What the request tells is no event of Tocsin."
        raise NotVerified(Code.NO_EVENT, said) from error


def _place(told: dict[str, Any]) -> Place | None:
    """Of the body alone: it is signed, while the headers that tell of the order are not.

    The order of FlashDuty's events is their time (seeds/flashduty-incident-webhook.txt, section 3),
    that of CloudEvents their `sequence` in the log that their `id` names.
    """
    if "event_type" in told:
        return Place(told["incident"]["incident_id"], "", told["event_time"])
    log, _, sequence = str(told.get("id", "")).rpartition("-")
    if not log or sequence != told.get("sequence"):
        return None
    return Place(told["key"], log, int(sequence))

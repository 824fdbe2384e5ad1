"""What follows for an endpoint at which nothing arrives, as units of work: its owner is told, at
their own contacts and with a notice for whoever watches, and in the end it is disabled."""

from collections.abc import Sequence
from typing import Final

from tocsin.app import contacts, endpoints, notices
from tocsin.app.contacts import Message
from tocsin.model.endpoint import Endpoint, Reason, id_of, topic_of
from tocsin.model.health import Failed, Health
from tocsin.model.notice import NewNotice
from tocsin.model.retrying import Verdict
from tocsin.model.severity import Severity
from tocsin.model.telling import Occasion
from tocsin.store import endpoint_health
from tocsin.store import endpoints as rows
from tocsin.store.tellings import Telling
from tocsin.store.tx import Tx
from tocsin.wire import endpoint_telling as wire
from tocsin.wire.telling import Text

CLASS: Final = "webhooks"
"""The class of the notices."""

TYPES: Final = frozenset({"tocsin.endpoint.warned", "tocsin.endpoint.disabled"})
"""The events of which the owner is told."""

# How urgent the notices are: the first two are warnings, the last is critical.
_PRIORITIES: Final = {50: 4, 90: 5, 100: 7}


def follow(tx: Tx, endpoint: Endpoint, failed: Failed, verdict: Verdict) -> bool:
    """Do what follows from an attempt for its endpoint, which is enabled: warn the owner, or
    disable it, or nothing. Returns whether it was disabled."""
    since_ms, cause = failed.health.failing_since_ms or tx.now_ms, verdict.reason or ""
    if verdict.gone or failed.disable:
        reason = Reason.GONE if verdict.gone else Reason.FAILING
        endpoints.disable(tx, endpoint, reason)
        _tell(tx, endpoint, 100, wire.disabled(endpoint, reason, since_ms, cause))
        return True
    if failed.warn is not None:
        endpoints.warn(tx, endpoint, failed.warn, since_ms // 1_000, cause)
        _tell(tx, endpoint, failed.warn, wire.warned(endpoint, since_ms, cause))
    return False


def idle(tx: Tx, due: Sequence[Telling]) -> dict[str, str]:
    """Which of these, all about endpoints, have no purpose any more, by id, and why."""
    ids = {id_of(one.topic) for one in due}
    about = rows.of_ids(tx.conn, ids) if ids else {}
    standings = endpoint_health.load(tx.conn, ids) if ids else {}
    reasons = {}
    for one in due:
        endpoint_id = id_of(one.topic)
        if reason := _idle(one.occasion, about.get(endpoint_id), standings[endpoint_id].health):
            reasons[one.id] = reason
    return reasons


def _idle(occasion: Occasion, endpoint: Endpoint | None, health: Health) -> str:
    if endpoint is None:
        return "it was deleted by then"
    if occasion is Occasion.DISABLED:
        return "it was enabled again by then" if endpoint.enabled else ""
    if not endpoint.enabled:
        return "it was disabled by then"
    return "" if health.failing_since_ms is not None else "it was healthy again by then"


def _tell(tx: Tx, endpoint: Endpoint, share: int, text: Text) -> None:
    args = {
        "endpoint_id": endpoint.id,
        "endpoint_name": endpoint.name,
        "owner": endpoint.owner,
    }
    message = f"{text.title}\n{text.body}"
    notices.publish(tx, NewNotice(CLASS, message, _PRIORITIES[share], args))
    grave = share == 100
    occasion = Occasion.DISABLED if grave else Occasion.WARNED
    severity = Severity.CRITICAL if grave else Severity.WARNING
    told = Message(topic_of(endpoint.id), occasion, severity, *text)
    contacts.tell(tx, [endpoint.owner], told)

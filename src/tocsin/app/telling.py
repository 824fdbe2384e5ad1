"""Telling people what there is to be told, as units of work."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from tocsin.app import endpoint_notices, incident_telling
from tocsin.model import trying
from tocsin.model.telling import OF_ENDPOINTS
from tocsin.model.trying import WEBHOOK, Result, Tried
from tocsin.store import people, tellings
from tocsin.store.tellings import MOOT, Telling
from tocsin.store.tx import Tx

# How long a telling that is being sent is left alone, in milliseconds: longer than any takes.
LEASE_MS = 120_000
# How long it is known how a telling went, in seconds.
_KEPT_S = 7 * 24 * 60 * 60
# Tellings that one unit of work forgets.
_BATCH = 500


def claim(tx: Tx, limit: int, busy: Collection[str] = ()) -> list[Telling]:
    """Take tellings that are due; nobody else does before they are settled or LEASE_MS is over.
    Those that have no purpose any more end here."""
    due = tellings.due(tx.conn, tx.now_ms, limit, busy)
    if not due:
        return []
    idle = _idle(tx, due)
    for one in due:
        if one.id in idle:
            tellings.end(tx.conn, one, MOOT, idle[one.id], tx.now)
    ready = [replace(one, tries=one.tries + 1) for one in due if one.id not in idle]
    tellings.begin(tx.conn, [one.id for one in ready], tx.now_ms + LEASE_MS)
    return ready


def settle(tx: Tx, telling: Telling, tried: Tried, chance: float) -> Tried:
    """Keep what became of a telling, and return it: one that failed for the last time is
    refused."""
    if tried.result is Result.FAILED:
        wait_s = trying.wait_s(tried, telling.tries, WEBHOOK, chance)
        if wait_s is not None:
            due_ms = tx.now_ms + round(wait_s * 1_000)
            tellings.postpone(tx.conn, telling.id, due_ms, tried.reason)
            return tried
        tried = Tried(Result.REFUSED, f"{tried.reason}, {telling.tries} times")
    tellings.end(tx.conn, telling, tried.result, tried.reason, tx.now)
    return tried


def forget(tx: Tx) -> int:
    """Forget how old tellings went; returns how many, at most a batch."""
    return tellings.forget_ended(tx.conn, tx.now - _KEPT_S, _BATCH)


def _idle(tx: Tx, due: Sequence[Telling]) -> dict[str, str]:
    """Which of these have no purpose any more, by id, and why."""
    of_endpoints = [one for one in due if one.occasion in OF_ENDPOINTS]
    of_incidents = [one for one in due if one.occasion not in OF_ENDPOINTS]
    return {
        **_unwanted(tx, due),
        **endpoint_notices.idle(tx, of_endpoints),
        **incident_telling.idle(tx, of_incidents),
    }


def _unwanted(tx: Tx, due: Sequence[Telling]) -> dict[str, str]:
    to = people.stored(tx.conn, {one.person_id for one in due})
    wanted = {(person_id, one.url) for person_id, person in to.items() for one in person.notify}
    return {
        one.id: "the person does not want it any more"
        for one in due
        if (one.person_id, one.url) not in wanted
    }

"""Telling people of incidents, as units of work; who is told of what is in model/telling.py."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from tocsin.model import attempt as attempts
from tocsin.model import contact as contacts
from tocsin.model import telling as model
from tocsin.model.attempt import WEBHOOK, Attempt, Result
from tocsin.model.incident import Incident
from tocsin.model.telling import Occasion
from tocsin.model.timeline import Entry
from tocsin.store import incidents, people, tellings
from tocsin.store.people import StoredPerson
from tocsin.store.tellings import MOOT, Telling
from tocsin.store.tx import Tx
from tocsin.wire import telling as wire

# How long a telling that is being sent is left alone, in milliseconds: longer than any takes.
LEASE_MS = 120_000
# How long it is known how a telling went, in seconds.
_KEPT_S = 7 * 24 * 60 * 60
# Tellings that one unit of work forgets.
_BATCH = 500


def write(tx: Tx, entry: Entry, incident: Incident) -> None:
    """Have people told of an event, in the transaction that appends it; `incident` is as it is
    right after it."""
    told = model.told(entry, incident)
    if told is None:
        return
    stored = people.stored(tx.conn, {one.person_id for one in told.people})
    text = wire.text(told.occasion, entry, incident)
    due = [
        (
            Telling(
                tx.new_id(),
                incident.id,
                person_id,
                url,
                told.occasion,
                incident.severity,
                *text,
                tx.now,
            ),
            due_ms,
        )
        for person_id, url, due_ms in _due(tx, stored, incident)
    ]
    tellings.add(tx.conn, due)


def claim(tx: Tx, limit: int, busy: Collection[str] = ()) -> list[Telling]:
    """Take tellings that are due; nobody else does before they are settled or LEASE_MS is over.
    Those that have no purpose any more end here."""
    due = tellings.due(tx.conn, tx.now_ms, limit, busy)
    if not due:
        return []
    about = incidents.load(tx.conn, {one.incident_id for one in due})
    to = people.stored(tx.conn, {one.person_id for one in due})
    muted = tellings.flapping(tx.conn, about)
    ready = []
    for one in due:
        reason = _idle(one, about[one.incident_id], to.get(one.person_id)) or _unheard(tx, one)
        if one.incident_id in muted and one.occasion in model.MUTED:
            reason = "its alerts are flapping"
        if reason:
            tellings.end(tx.conn, one, MOOT, reason, tx.now)
        else:
            ready.append(replace(one, tries=one.tries + 1))
    tellings.begin(tx.conn, [one.id for one in ready], tx.now_ms + LEASE_MS)
    return ready


def settle(tx: Tx, telling: Telling, attempt: Attempt, chance: float) -> Attempt:
    """Keep what became of a telling, and return it: one that failed for the last time is
    refused."""
    if attempt.result is Result.FAILED:
        wait_s = attempts.wait_s(attempt, telling.tries, WEBHOOK, chance)
        if wait_s is not None:
            due_ms = tx.now_ms + round(wait_s * 1_000)
            tellings.postpone(tx.conn, telling.id, due_ms, attempt.reason)
            return attempt
        attempt = Attempt(Result.REFUSED, f"{attempt.reason}, {telling.tries} times")
    tellings.end(tx.conn, telling, attempt.result, attempt.reason, tx.now)
    return attempt


def forget(tx: Tx) -> int:
    """Forget how old tellings went; returns how many, at most a batch."""
    return tellings.forget_ended(tx.conn, tx.now - _KEPT_S, _BATCH)


def _due(
    tx: Tx, stored: Mapping[int, StoredPerson], incident: Incident
) -> Iterator[tuple[int, str, int]]:
    """Who is told where and when (Unix ms). People that share a URL are told there once."""
    seen = set()
    for person_id, one in stored.items():
        for contact in one.notify:
            zone = ZoneInfo(contact.quiet.timezone if contact.quiet else "UTC")
            at = contacts.due_at(contact, incident.severity, tx.now, zone)
            if at is not None and contact.url not in seen:
                seen.add(contact.url)
                yield person_id, contact.url, max(at * 1_000, tx.now_ms)


def _idle(telling: Telling, incident: Incident, to: StoredPerson | None) -> str:
    """Why a telling has no purpose any more; empty if it has one."""
    if model.is_moot(telling.occasion, incident):
        return "it was over by then" if not incident.open else "it was open again by then"
    if to is None or telling.url not in {one.url for one in to.notify}:
        return "the person does not want it any more"
    return ""


def _unheard(tx: Tx, telling: Telling) -> str:
    """The end is not told where nothing before it was, because it was over by then."""
    if telling.occasion is not Occasion.RESOLVED:
        return ""
    before = tellings.results(tx.conn, telling)
    return "the beginning was not told either" if before and before <= {MOOT} else ""

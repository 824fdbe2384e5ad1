"""Taking messages out of the outbox, and keeping what came of them, as units of work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tocsin.model import subscriber as model
from tocsin.model import trying
from tocsin.model.bulletin import Bulletin
from tocsin.model.page import Page, Visibility
from tocsin.model.subscriber import Medium, OptIn, Subscriber
from tocsin.model.trying import Result, Schedule, Tried
from tocsin.store import bulletins, components, opt_ins, outbox, pages, subscribers
from tocsin.store.outbox import Item
from tocsin.store.pages import StoredPage
from tocsin.store.tx import Tx

# How long a message that is being sent is left alone, in milliseconds: longer than any sending
# takes, so that only one whose sender died is taken again.
LEASE_MS = 120_000


@dataclass(frozen=True)
class Parcel:
    """A message to be sent now: to a subscriber of the page, with bulletins, or to ask for the
    confirmation of an opt-in. `names` are those of the page's components concerned, by id."""

    id: str
    to: Subscriber | OptIn
    page: Page
    names: Mapping[str, str]
    bulletins: tuple[Bulletin, ...]
    tries: int


def claim(tx: Tx, medium: Medium, limit: int, busy: Collection[str] = ()) -> list[Parcel]:
    """Take messages that are due; nobody else does before they are settled or LEASE_MS is over, nor
    does whoever is still `busy` with some of them.

    One that has no purpose any more is dropped: its bulletins were taken back, or its subscriber
    may no longer see the page.
    """
    items = outbox.due(tx.conn, medium, tx.now_ms, limit, busy)
    packed = _pack(tx.conn, items) if items else []
    ready = {parcel.id for parcel in packed}
    for item in items:
        if item.id not in ready:
            outbox.remove(tx.conn, item.id)
    if packed:
        outbox.begin(tx.conn, ready, tx.now_ms + LEASE_MS)
    return packed


def settle(tx: Tx, parcel: Parcel, tried: Tried, schedule: Schedule, chance: float) -> Tried:
    """Keep what became of a message, and return it: one that failed for the last time is refused.

    A subscriber who wants no more, or whom nothing reaches for days, is forgotten.
    """
    if tried.result is Result.FAILED:
        wait_s = trying.wait_s(tried, parcel.tries, schedule, chance)
        if wait_s is not None:
            outbox.postpone(tx.conn, parcel.id, tx.now_ms + round(wait_s * 1_000))
            return tried
        tried = Tried(Result.REFUSED, f"{tried.reason}, {parcel.tries} times")
    outbox.remove(tx.conn, parcel.id)
    if isinstance(parcel.to, Subscriber):
        _note(tx, parcel.to, tried)
    return tried


def _note(tx: Tx, subscriber: Subscriber, tried: Tried) -> None:
    now = subscribers.find(tx.conn, subscriber.id)
    if now is None:
        return
    if tried.result is Result.DELIVERED:
        subscribers.note_failing(tx.conn, now.id, None)
    elif tried.result is Result.UNWANTED or model.is_lost(now.failing_since, tx.now):
        subscribers.remove(tx.conn, now.id)
    else:
        subscribers.note_failing(tx.conn, now.id, now.failing_since or tx.now)


def _pack(conn: Connection, items: Sequence[Item]) -> list[Parcel]:
    people = _addressees(conn, items)
    enclosed = bulletins.enclosed(conn, [item.id for item in items])
    stored = pages.all_of(conn, {one.page_id for one in people.values()})
    about = {one for told in enclosed.values() for each in told for one in each.issue.component_ids}
    about.update(*(one.choice or () for one in people.values() if isinstance(one, OptIn)))
    named = {one: found.component.name for one, found in components.load(conn, about).items()}
    return [
        _parcel(item, people[item.id], stored[people[item.id].page_id].page, named, enclosed)
        for item in items
        if item.id in people and _has_purpose(people[item.id], stored, enclosed.get(item.id))
    ]


def _addressees(conn: Connection, items: Sequence[Item]) -> dict[str, Subscriber | OptIn]:
    known = subscribers.all_of(conn, {item.subscriber_id for item in items if item.subscriber_id})
    found: dict[str, Subscriber | OptIn] = {}
    for item in items:
        to = opt_ins.find(conn, item.opt_in_id) if item.opt_in_id else None
        addressee = to or known.get(item.subscriber_id or "")
        if addressee is not None:
            found[item.id] = addressee
    return found


def _has_purpose(
    to: Subscriber | OptIn, stored: Mapping[str, StoredPage], told: Sequence[Bulletin] | None
) -> bool:
    page = stored.get(to.page_id)
    if page is None:
        return False
    if isinstance(to, OptIn):
        return to.subscriber_id is None
    public = page.page.visibility is Visibility.PUBLIC
    return bool(told) and (public or page.bypass_token == to.bypass_token)


def _parcel(
    item: Item,
    to: Subscriber | OptIn,
    page: Page,
    named: Mapping[str, str],
    enclosed: Mapping[str, Sequence[Bulletin]],
) -> Parcel:
    return Parcel(
        id=item.id,
        to=to,
        page=page,
        names={one: named[one] for one in page.component_ids if one in named},
        bulletins=tuple(enclosed.get(item.id, ())),
        tries=item.tries + 1,
    )

"""Telling the subscribers: a bulletin is written with the event, then spread over the outbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tocsin.model import event_data
from tocsin.model.bulletin import Bulletin, kind_of
from tocsin.model.issue import IssueEvent
from tocsin.model.subscriber import Medium
from tocsin.store import bulletins, outbox, subscribers
from tocsin.store.outbox import NewItem
from tocsin.store.subscribers import Concerned
from tocsin.store.tx import Tx

# Subscribers that one unit of work writes messages to.
BATCH = 500


@dataclass(frozen=True)
class Manner:
    """How subscribers are told: by which media, and how long mail to one of them rests after the
    last, so that what happens meanwhile becomes one more (0: each its own)."""

    media: frozenset[Medium]
    digest_ms: int


def write(tx: Tx, event: IssueEvent, data: bytes, sequence: int, at: int) -> None:
    """Have the subscribers told of an event about an issue, in the transaction that appends it.

    `data` is the event's, `at` when it happened (Unix seconds). An issue that is deleted is not
    told of any more. Costs the same however many subscribers there are.
    """
    read = event_data.read_issue(data)
    if event is IssueEvent.DELETED:
        bulletins.remove_about(tx.conn, read.issue.id)
        outbox.remove_empty(tx.conn)
        return
    kind = kind_of(event, read.issue, read.update)
    if kind is not None and subscribers.any_at_all(tx.conn):
        bulletin = Bulletin(tx.new_id(), kind, at, sequence, read.issue, read.update)
        bulletins.add(tx.conn, bulletin, data)


def spread(tx: Tx, manner: Manner) -> bool:
    """Put the oldest bulletin that is still spreading into the outbox of the next BATCH of those it
    concerns; False when none is spreading.

    Whoever subscribed after the bulletin was written does not get it.
    """
    spreading = bulletins.oldest_spreading(tx.conn)
    if spreading is None:
        return False
    between = (spreading.spread_to, spreading.id)
    found = subscribers.concerned(tx.conn, spreading.component_ids, manner.media, between, BATCH)
    _enclose(tx, spreading.id, found, manner)
    bulletins.spread(tx.conn, spreading.id, found[-1].id if len(found) == BATCH else None)
    return True


def _enclose(tx: Tx, bulletin_id: str, found: Sequence[Concerned], manner: Manner) -> None:
    joining = [one.open_id for one in found if one.open_id and _is_digested(one, manner)]
    others = [one for one in found if not (one.open_id and _is_digested(one, manner))]
    items = [_item(tx, one, manner) for one in others]
    outbox.add(tx.conn, items)
    bulletins.enclose(tx.conn, bulletin_id, [*joining, *(item.id for item in items)])
    subscribers.keep_quiet(tx.conn, _quiet(items, manner))


def _item(tx: Tx, one: Concerned, manner: Manner) -> NewItem:
    due_ms = max(tx.now_ms, one.quiet_until_ms) if _is_digested(one, manner) else tx.now_ms
    return NewItem(tx.new_id(), one.medium, due_ms, subscriber_id=one.id)


def _is_digested(one: Concerned, manner: Manner) -> bool:
    return one.medium is Medium.EMAIL and manner.digest_ms > 0


def _quiet(items: Collection[NewItem], manner: Manner) -> dict[str, int]:
    return {
        item.subscriber_id: item.due_ms + manner.digest_ms
        for item in items
        if item.subscriber_id and item.medium is Medium.EMAIL and manner.digest_ms
    }

"""Having people told, each where and when they want to be: in the transaction of what happens."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tocsin.model import contact as contacts
from tocsin.model.severity import Severity
from tocsin.model.telling import Occasion
from tocsin.store import people, tellings
from tocsin.store.tellings import Telling
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class Message:
    """What is told: about a topic, a line, and the lines below it, which a link ends."""

    topic: str
    occasion: Occasion
    severity: Severity
    title: str
    body: str


def tell(tx: Tx, person_ids: Collection[int], message: Message) -> None:
    """Have these people told. Those that share a URL are told there once."""
    due = [
        (Telling(tx.new_id(), person_id=person_id, url=url, created_at=tx.now, **vars(message)), at)
        for person_id, url, at in _due(tx, person_ids, message.severity)
    ]
    tellings.add(tx.conn, due)


def _due(tx: Tx, person_ids: Collection[int], severity: Severity) -> Iterator[tuple[int, str, int]]:
    """Who is told where and when (Unix ms)."""
    seen = set()
    for person_id, one in people.stored(tx.conn, person_ids).items():
        for contact in one.notify:
            zone = ZoneInfo(contact.quiet.timezone if contact.quiet else "UTC")
            at = contacts.due_at(contact, severity, tx.now, zone)
            if at is not None and contact.url not in seen:
                seen.add(contact.url)
                yield person_id, contact.url, max(at * 1_000, tx.now_ms)

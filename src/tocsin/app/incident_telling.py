"""Telling people of incidents, as units of work; who is told of what is in model/telling.py."""

from collections.abc import Sequence

from tocsin.app import contacts
from tocsin.app.contacts import Message
from tocsin.model import telling as model
from tocsin.model.incident import Incident, id_of, topic_of
from tocsin.model.telling import Occasion
from tocsin.model.timeline import Entry
from tocsin.store import incidents, tellings
from tocsin.store.tellings import MOOT, Telling
from tocsin.store.tx import Tx
from tocsin.wire import telling as wire


def write(tx: Tx, entry: Entry, incident: Incident) -> None:
    """Have people told of an event, in the transaction that appends it; `incident` is as it is
    right after it."""
    told = model.told(entry, incident)
    if told is None:
        return
    text = wire.text(told.occasion, entry, incident)
    message = Message(topic_of(incident.id), told.occasion, incident.severity, *text)
    contacts.tell(tx, {one.person_id for one in told.people}, message)


def idle(tx: Tx, due: Sequence[Telling]) -> dict[str, str]:
    """Which of these, all about incidents, have no purpose any more, by id, and why."""
    about = incidents.load(tx.conn, {id_of(one.topic) for one in due})
    muted = tellings.flapping(tx.conn, about)
    reasons = {one.id: _idle(tx, one, about[id_of(one.topic)], muted) for one in due}
    return {telling_id: reason for telling_id, reason in reasons.items() if reason}


def _idle(tx: Tx, one: Telling, incident: Incident, muted: set[str]) -> str:
    if incident.id in muted and one.occasion in model.MUTED:
        return "its alerts are flapping"
    if model.is_moot(one.occasion, incident):
        return "it was over by then" if not incident.open else "it was open again by then"
    return _unheard(tx, one)


def _unheard(tx: Tx, one: Telling) -> str:
    """The end is not told where nothing before it was, because it was over by then."""
    if one.occasion is not Occasion.RESOLVED:
        return ""
    before = tellings.results(tx.conn, one)
    return "the beginning was not told either" if before and before <= {MOOT} else ""

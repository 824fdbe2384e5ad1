"""What can be done with people, as units of work."""

from dataclasses import dataclass, replace

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.model import contact
from tocsin.model.contact import Contacts
from tocsin.model.errors import Code, Refused, not_found
from tocsin.model.person import Person
from tocsin.model.unset import without_unset
from tocsin.store import channels, endpoints, incidents, people
from tocsin.store.people import StoredPerson
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class NewPerson:
    """What the caller gives to make a person who is no user."""

    person_name: str
    email: str
    notify: Contacts = ()


@dataclass(frozen=True)
class PersonChanges:
    """What an edit changes; UNSET leaves a field as it is."""

    person_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    notify: Contacts | UnsetType = UNSET


def get(conn: Connection, person_id: int) -> StoredPerson:
    """The person of that number. Refused: not_found."""
    found = people.stored(conn, [person_id]).get(person_id)
    if found is None:
        raise not_found("person")
    return found


def create(tx: Tx, new: NewPerson) -> StoredPerson:
    """Make a person. Refused (invalid): URLs that are none."""
    contact.check(new.notify)
    person_id = people.add(tx.conn, new.person_name, new.email, tx.now, new.notify)
    made = get(tx.conn, person_id)
    _append(tx, "created", made)
    return made


def edit(tx: Tx, before: StoredPerson, changes: PersonChanges) -> StoredPerson:
    """Change a person. What names them already keeps the name they had. Refused as `create`."""
    given = without_unset(changes)
    notify = given.pop("notify", before.notify)
    after = replace(before, person=replace(before.person, **given), notify=notify)
    if after == before:
        return before
    contact.check(after.notify)
    people.save(tx.conn, after)
    _append(tx, "edited", after)
    return after


def delete(tx: Tx, stored: StoredPerson) -> None:
    """Delete a person. Refused (in_use) while an open incident or the rule of a channel names them,
    an endpoint is theirs, or a user or a token acts as them."""
    person = stored.person
    _check_unused(tx.conn, person)
    people.remove(tx.conn, person.person_id, tx.now)
    _append(tx, "deleted", stored)


def _check_unused(conn: Connection, person: Person) -> None:
    if people.lets_in(conn, person.person_id):
        raise Refused(Code.IN_USE, "A user or a token acts as this person.")
    if incidents.open_with(conn, person.person_id):
        raise Refused(Code.IN_USE, "An open incident names this person.")
    if named := channels.naming(conn, person.person_id):
        raise Refused(Code.IN_USE, f"A rule of the channel {named[0].name} names this person.")
    if owned := endpoints.of_owner(conn, person.person_id):
        raise Refused(Code.IN_USE, f"The endpoint {owned[0].name} is this person's.")


def _append(tx: Tx, happened: str, stored: StoredPerson) -> None:
    """The log is open to every reader, so that an event says no address."""
    person = stored.person
    data = {"person_id": person.person_id, "person_name": person.person_name}
    tx.append(
        f"tocsin.person.{happened}",
        f"person/{person.person_id}",
        msgspec.json.encode({"person": data}),
    )

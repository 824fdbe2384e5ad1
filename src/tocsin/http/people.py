"""/api/v1/people."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from fastapi import Request
from pydantic import BaseModel, Discriminator, Field, Tag
from starlette.responses import Response

from tocsin.app import people
from tocsin.app.people import NewPerson, PersonChanges
from tocsin.http.auth import Caller
from tocsin.http.body import Body, Name
from tocsin.http.changes import change, created, done, removed
from tocsin.http.channel_bodies import WeeklyIn
from tocsin.http.incident_bodies import Number
from tocsin.http.listing import Listing, Page, written
from tocsin.http.page_settings import Timezone
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.http.users import Email
from tocsin.model.access import Principal, Scope
from tocsin.model.contact import Contact, Contacts, Quiet, veiled
from tocsin.model.errors import Code
from tocsin.model.notify_url import URL_LIMIT, URLS_LIMIT
from tocsin.model.severity import Severity
from tocsin.model.silence import Weekly
from tocsin.store import people as rows
from tocsin.store.people import StoredPerson
from tocsin.store.tx import Tx

routes = Routes("people")

Url = Annotated[str, Field(min_length=1, max_length=URL_LIMIT)]


class QuietIn(WeeklyIn):
    """Hours in which nothing is told."""

    timezone: Timezone = "UTC"

    def quiet(self) -> Quiet:
        """As the model has it."""
        return Quiet(Weekly(self.days, self.from_time, self.to_time), self.timezone)


class ContactIn(Body):
    """A URL with the severities that it is for, and when it is not."""

    url: Url
    severities: Annotated[
        tuple[Annotated[Severity, Field(strict=False)], ...], Field(strict=False)
    ] = ()
    quiet: QuietIn | None = None

    def contact(self) -> Contact:
        """As the model has it."""
        quiet = None if self.quiet is None else self.quiet.quiet()
        return Contact(self.url, self.severities, quiet)


def _kind(given: object) -> str:
    return "url" if isinstance(given, str) else "contact"


UrlOrContact = Annotated[
    Annotated[Url, Tag("url")] | Annotated[ContactIn, Tag("contact")], Discriminator(_kind)
]
Notify = Annotated[
    tuple[UrlOrContact, ...],
    Field(
        strict=False,
        max_length=URLS_LIMIT,
        description="Where to tell them of incidents: Apprise's URLs, alone or with what each is "
        "for.",
    ),
]


class PersonIn(Body):
    """A person to be made, who is no user: somebody to be told."""

    person_name: Name
    email: Email
    notify: Notify = ()

    def person(self) -> NewPerson:
        """As it is made."""
        return NewPerson(self.person_name, self.email, _contacts(self.notify))


class PersonPatch(Patch):
    """What to change of a person."""

    person_name: Name = absent()
    email: Email | Literal[""] = absent()
    notify: Notify = absent()
    person_id: Repeated = absent()
    created_at: Repeated = absent()

    def changes(self) -> PersonChanges:
        """What it asks for."""
        given = self.given()
        if "notify" in given:
            given["notify"] = _contacts(self.notify)
        return PersonChanges(**given)


class QuietOut(BaseModel):
    """Hours in which nothing is told."""

    days: list[int]
    from_time: str
    to_time: str
    timezone: str

    @classmethod
    def of(cls, quiet: Quiet) -> Self:
        """As the API shows them."""
        return cls(**vars(quiet.window), timezone=quiet.timezone)


class ContactOut(BaseModel):
    """A URL with the severities that it is for, all if there are none, and when it is not."""

    url: str
    severities: list[Severity]
    quiet: QuietOut | None

    @classmethod
    def of(cls, contact: Contact) -> "str | ContactOut":
        """As the API shows it: the URL alone if there is nothing else to say."""
        if contact == Contact(contact.url):
            return contact.url
        quiet = None if contact.quiet is None else QuietOut.of(contact.quiet)
        return cls(url=contact.url, severities=list(contact.severities), quiet=quiet)


class PersonOut(BaseModel):
    """A person. Of `notify` those without `incidents:write` see the schemes alone, but for their
    own, since there are secrets in it."""

    person_id: int
    person_name: str
    email: str
    notify: list[str | ContactOut]
    created_at: int

    @classmethod
    def of(cls, stored: StoredPerson, caller: Principal) -> Self:
        """As the API shows it to the caller."""
        person = stored.person
        own = caller.person_id == person.person_id
        open_to_them = own or caller.may(Scope.INCIDENTS_WRITE)
        shown = stored.notify if open_to_them else map(veiled, stored.notify)
        notify = [ContactOut.of(one) for one in shown]
        return cls(**vars(person), notify=notify, created_at=stored.created_at)


def _contacts(given: Iterable[str | ContactIn]) -> Contacts:
    return tuple(Contact(one) if isinstance(one, str) else one.contact() for one in given)


@routes.get("/people", answers=Listing[PersonOut])
async def list_people(request: Request, page: Page, caller: Caller) -> Listing[PersonOut]:
    """Everybody, newest first: users, what tokens act as, and those made here."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before_number, page.fetch))
    return page.page(
        found,
        lambda one: written(one.person.person_id),
        lambda one: PersonOut.of(one, caller),
    )


@routes.post("/people", Scope.INCIDENTS_WRITE, answers=PersonOut)
async def create_person(request: Request, given: PersonIn, caller: Caller) -> Response:
    """Make a person."""
    new = given.person()
    return await change(
        request,
        lambda tx: people.create(tx, new),
        lambda made: created(PersonOut.of(made, caller), str(made.person.person_id)),
    )


@routes.get("/people/{person_id}", answers=PersonOut)
async def show_person(request: Request, person_id: Number, caller: Caller) -> PersonOut:
    """One person."""
    store = services_of(request).store
    return PersonOut.of(await store.read(lambda conn: people.get(conn, person_id)), caller)


@routes.patch("/people/{person_id}", Scope.INCIDENTS_WRITE, answers=PersonOut)
async def edit_person(
    request: Request, person_id: Number, given: PersonPatch, caller: Caller
) -> Response:
    """Change a person."""
    changes = given.changes()

    def unit(tx: Tx) -> StoredPerson:
        stored = people.get(tx.conn, person_id)
        given.check_repeated(PersonOut.of(stored, caller))
        return people.edit(tx, stored, changes)

    return await change(
        request,
        unit,
        lambda one: done(PersonOut.of(one, caller), str(one.person.person_id)),
    )


@routes.delete("/people/{person_id}", Scope.INCIDENTS_WRITE, refuses=(Code.IN_USE,))
async def delete_person(request: Request, person_id: Number) -> Response:
    """Delete a person, whom no open incident, rule, user or token may name."""
    return await change(
        request, lambda tx: people.delete(tx, people.get(tx.conn, person_id)), removed
    )

"""Channels, people and integrations on each database."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import channels, incident_commands, integrations, people
from tocsin.app.incident_commands import Reported
from tocsin.app.integrations import NewIntegration
from tocsin.app.people import NewPerson, PersonChanges
from tocsin.model.assignment import Level, Rule
from tocsin.model.channel import Channel, Rules
from tocsin.model.contact import Contact
from tocsin.model.custom_field import CustomField
from tocsin.model.custom_field import Kind as FieldKind
from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.endpoint import Kind as EndpointKind
from tocsin.model.errors import Code, Refused
from tocsin.model.grouping import Grouping, Since
from tocsin.model.incident import GroupMethod, Incident
from tocsin.model.inhibition import Inhibition
from tocsin.model.integration import Integration, Kind
from tocsin.model.matcher import Condition, Operator
from tocsin.model.person import Person
from tocsin.model.severity import Severity
from tocsin.model.silence import Once, Silence, Weekly
from tocsin.store import channels as rows
from tocsin.store import endpoints as endpoint_rows
from tocsin.store import incidents as incident_rows
from tocsin.store import integrations as integration_rows
from tocsin.store import people as people_rows
from tocsin.store.people import StoredPerson
from tocsin.store.tx import Tx

FILTER = ((Condition("labels.host", Operator.NOTIN, ("/ü+/", 'a "b"')),),)
EVERYTHING = Rules(
    name="Shöp",
    timezone="Asia/Tokyo",
    grouping=Grouping(GroupMethod.PATTERN, ("labels.host",), True, 0.5, 60, Since.MERGE),
    storm_thresholds=(5, 50),
    close_on_recovery=False,
    close_after_s=86_400,
    assignment=(Rule(FILTER, (Level((1,), 5), Level((2, 1))), 60),),
    silences=(
        Silence("Once", (), Once(5, 10)),
        Silence("Nights", FILTER, Weekly((1, 7), "22:00", "06:00")),
    ),
    inhibitions=(Inhibition(FILTER, FILTER, ("labels.host",)),),
    flapping=None,
    fields=(CustomField("region", FieldKind.SINGLE, ("eu", "us")),),
)


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain with Anna and Bert in it."""
    async with domain(url, clock) as there:
        for name in ("Anna", "Bert"):
            await person(there, name)
        yield there


async def person(there: Domain, name: str, *notify: str) -> StoredPerson:
    new = NewPerson(name, f"{name}@example.org", tuple(map(Contact, notify)))
    return await there.do(lambda tx: people.create(tx, new))


async def channel(there: Domain, rules: Rules = EVERYTHING) -> Channel:
    return await there.do(lambda tx: channels.create(tx, rules))


async def integration(there: Domain, channel_id: int, key: str = "k") -> Integration:
    new = NewIntegration("Prometheus", Kind.ALERTMANAGER, channel_id, {"team": "db"})
    return await there.do(lambda tx: integrations.create(tx, new, key))


async def endpoint(there: Domain, owner: int, *channels: int) -> Endpoint:
    """An endpoint of that person's for those channels."""
    made = Endpoint(
        id="e" * 24,
        name="ITSM",
        kind=EndpointKind.PUSH,
        url="https://itsm.example.org/hook",
        profile=Profile.FLASHDUTY,
        owner=owner,
        secret="whsec_",
        channels=channels,
        timeout_ms=2_000,
        max_attempts=2,
        created_at=there.clock.now,
    )
    await there.do(lambda tx: endpoint_rows.add(tx, made))
    return made


async def incident(there: Domain, actor: int = 1, **fields: Any) -> Incident:
    given = Reported(**{"title": "Fire", "severity": Severity.CRITICAL, **fields})

    def unit(tx: Tx) -> Incident:
        return incident_commands.report(tx, given, people.get(tx.conn, actor).person)

    return await there.do(unit)


async def refused_code(there: Domain, unit: Callable[[Tx], Any]) -> Code:
    with pytest.raises(Refused) as refused:
        await there.do(unit)
    return refused.value.code


async def test_a_channel_is_kept_as_it_was_made(there: Domain) -> None:
    made = await channel(there)
    assert made == Channel(id=1, created_at=there.clock.now, **vars(EVERYTHING))
    assert await there.store.read(lambda conn: rows.find(conn, 1)) == made
    assert there.last == [("channel.created", "channel/1")]
    plain = replace(made, **vars(Rules("Plain")))
    assert await there.do(lambda tx: channels.edit(tx, made, plain)) == plain
    assert await there.store.read(lambda conn: rows.find(conn, 1)) == plain
    assert there.last == [("channel.edited", "channel/1")]


async def test_the_number_of_a_deleted_channel_is_not_given_again(there: Domain) -> None:
    first, second = await channel(there), await channel(there)
    await there.do(lambda tx: channels.delete(tx, second))
    assert there.last == [("channel.deleted", "channel/2")]
    third = await channel(there)
    assert (first.id, second.id, third.id) == (1, 2, 3)
    assert await there.store.read(lambda conn: rows.find(conn, 2)) is None
    assert await there.store.read(lambda conn: rows.listing(conn, None, 9)) == [third, first]
    assert await there.store.read(lambda conn: rows.listing(conn, 3, 1)) == [first]


async def test_open_incidents_go_by_the_new_name_of_their_channel(there: Domain) -> None:
    made = await channel(there)
    filed = await incident(there, channel_id=made.id, fields={"region": "eu"})
    assert (filed.channel_name, filed.group_method) == ("Shöp", GroupMethod.PATTERN)
    await there.do(lambda tx: channels.edit(tx, made, replace(made, name="Store")))
    found = await there.store.read(lambda conn: incident_rows.find(conn, filed.id))
    assert found == replace(filed, channel_name="Store")


async def test_a_channel_in_use_stays(there: Domain) -> None:
    made = await channel(there)
    bringing = await integration(there, made.id)
    assert await refused_code(there, lambda tx: channels.delete(tx, made)) is Code.IN_USE
    await there.do(lambda tx: integrations.delete(tx, bringing))
    told = await endpoint(there, 1, 7, made.id)
    assert await refused_code(there, lambda tx: channels.delete(tx, made)) is Code.IN_USE
    await there.do(lambda tx: endpoint_rows.remove(tx, told.id))
    await incident(there, channel_id=made.id)
    assert await refused_code(there, lambda tx: channels.delete(tx, made)) is Code.IN_USE


async def test_rules_name_people_that_there_are(there: Domain) -> None:
    rules = replace(EVERYTHING, assignment=(Rule((), (Level((1,)), Level((2, 9)))),))
    with pytest.raises(Refused) as refused:
        await channel(there, rules)
    assert refused.value.errors[0].path == "assignment.0.levels.1.person_ids.1"


async def test_a_person_is_kept_with_where_to_tell_them(there: Domain) -> None:
    cleo = await person(there, "Cleo", "slack://a/b", "json://c")
    told = Person(3, "Cleo", "Cleo@example.org")
    assert cleo == StoredPerson(
        told, (Contact("slack://a/b"), Contact("json://c")), there.clock.now
    )
    assert there.last == [("person.created", "person/3")]
    assert b"example.org" not in there.changes[-1][0].data
    changes = PersonChanges(person_name="Cléo", notify=())
    edited = await there.do(lambda tx: people.edit(tx, cleo, changes))
    assert edited == replace(cleo, person=replace(told, person_name="Cléo"), notify=())
    assert await there.store.read(lambda conn: people.get(conn, 3)) == edited


async def test_a_deleted_person_is_forgotten_but_for_the_number(there: Domain) -> None:
    bert = await there.store.read(lambda conn: people.get(conn, 2))
    await there.do(lambda tx: people.delete(tx, bert))
    assert there.last == [("person.deleted", "person/2")]
    assert await there.store.read(lambda conn: people_rows.find(conn, 2)) is None
    cleo = await person(there, "Cleo")
    assert cleo.person.person_id == 3
    listed = await there.store.read(lambda conn: people_rows.listing(conn, None, 9))
    assert [one.person.person_id for one in listed] == [3, 1]


async def test_a_person_in_use_stays(there: Domain) -> None:
    anna = await there.store.read(lambda conn: people.get(conn, 1))
    bert = await there.store.read(lambda conn: people.get(conn, 2))
    made = await channel(there)
    assert await refused_code(there, lambda tx: people.delete(tx, anna)) is Code.IN_USE
    await there.do(lambda tx: channels.edit(tx, made, replace(made, assignment=())))
    owned = await endpoint(there, 1)
    assert await refused_code(there, lambda tx: people.delete(tx, anna)) is Code.IN_USE
    await there.do(lambda tx: endpoint_rows.remove(tx, owned.id))
    await incident(there, person_ids=(2,))
    assert await refused_code(there, lambda tx: people.delete(tx, anna)) is Code.IN_USE
    assert await refused_code(there, lambda tx: people.delete(tx, bert)) is Code.IN_USE


async def test_an_integration_is_found_by_its_key_until_that_changes(there: Domain) -> None:
    made = await integration(there, (await channel(there)).id)
    topic = f"integration/{made.id}"
    assert there.last == [("integration.created", topic)]
    found = await there.store.read(lambda conn: integration_rows.by_key(conn, "k"))
    assert found == made
    moved = await there.do(lambda tx: integrations.rotate_key(tx, made, "l"))
    assert there.last == [("integration.edited", topic)]
    assert await there.store.read(lambda conn: integration_rows.by_key(conn, "k")) is None
    assert await there.store.read(lambda conn: integration_rows.by_key(conn, "l")) == moved
    await there.do(lambda tx: integrations.delete(tx, moved))
    assert there.last == [("integration.deleted", topic)]
    assert await there.store.read(lambda conn: integration_rows.by_key(conn, "l")) is None


async def test_an_integration_brings_alerts_to_a_channel_that_there_is(there: Domain) -> None:
    assert await refused_code(there, lambda tx: _integration_of(tx, 7)) is Code.INVALID


def _integration_of(tx: Tx, channel_id: int) -> Integration:
    return integrations.create(tx, NewIntegration("P", Kind.STANDARD, channel_id), "k")

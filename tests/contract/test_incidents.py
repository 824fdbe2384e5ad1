"""Incidents, their timelines and their alerts on each database."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import incident_commands, incident_merging, incidents
from tocsin.app.incident_commands import Reported
from tocsin.app.incidents import Command
from tocsin.model.alert import Alert
from tocsin.model.errors import Refused
from tocsin.model.incident import Incident, IncidentEvent, NewIncident, Progress
from tocsin.model.incident_command import recover, snooze, time_out
from tocsin.model.incident_edit import Changes
from tocsin.model.person import Person
from tocsin.model.severity import Severity, Status
from tocsin.model.timeline import Entry, replay
from tocsin.store import alerts, people, timeline
from tocsin.store import incidents as rows
from tocsin.store.incidents import Chosen
from tocsin.store.tx import Tx


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain with people in it."""
    async with domain(url, clock) as there:
        for person in (ANNA, BERT):
            await there.do(partial(_introduce, person))
        yield there


def _introduce(person: Person, tx: Tx) -> None:
    assert people.add(tx.conn, person.person_name, None, tx.now) == person.person_id


ANNA, BERT = Person(1, "Anna", ""), Person(2, "Bert", "")


async def report(there: Domain, **fields: Any) -> Incident:
    """Anna makes an incident."""
    given = Reported(**{"title": "Fire", "severity": Severity.CRITICAL, **fields})
    return await there.do(lambda tx: incident_commands.report(tx, given, ANNA))


async def do(
    there: Domain,
    incident_id: str,
    make: Callable[[Tx], Command],
    actor: Person | None = ANNA,
) -> Incident:
    """Carry out a command."""
    return await there.do(lambda tx: incidents.act(tx, incident_id, make(tx), actor))


async def raise_(there: Domain, key: str, status: str = "Warning") -> Incident:
    """An alert comes and makes an incident."""

    def unit(tx: Tx) -> Incident:
        new = NewIncident(
            tx.new_id(), f"{key} is down", Severity(status), tx.now, tx.now, 1, labels={"key": key}
        )
        made = incidents.create(tx, new)
        add_alert(tx, key, status, made.id)
        return made

    return await there.do(unit)


def add_alert(
    tx: Tx,
    key: str,
    status: str,
    incident_id: str,
    *,
    component_id: str | None = None,
    end_time: int = 0,
) -> None:
    """An alert comes and joins an incident; with `end_time` it has recovered."""
    alert = Alert(
        tx.new_id(),
        key,
        "0" * 24,
        f"{key} is down",
        "",
        Severity(status),
        Status.OK if end_time else Status(status),
        tx.now,
        tx.now,
        end_time=end_time,
        labels={"key": key},
        incident_id=incident_id,
    )
    alerts.add(tx.conn, replace(alert, component_id=component_id))


async def kept(there: Domain, incident_id: str) -> Incident:
    return await there.store.read(lambda conn: incidents.get(conn, incident_id))


async def told(there: Domain, incident_id: str) -> list[Entry]:
    """The timeline, oldest first."""
    found = await there.store.read(lambda conn: timeline.listing(conn, incident_id, None, 99))
    return [one.entry for one in reversed(found)]


async def held(there: Domain, incident_id: str) -> list[tuple[str, bool]]:
    """The keys of its alerts, oldest first, and whether they still take events."""
    found = await there.store.read(
        lambda conn: alerts.listing(conn, alerts.Chosen(incident_id), None, 99)
    )
    return [(one.alert_key, one.open) for one in reversed(found)]


async def merge(there: Domain, target: Incident, *sources: Incident) -> Incident:
    ids = [source.id for source in sources]
    return await there.do(lambda tx: incident_merging.merge(tx, target.id, ids, "", actor=ANNA))


async def unmerge(there: Domain, target: Incident, source: Incident) -> Incident:
    return await there.do(lambda tx: incident_merging.unmerge(tx, target.id, source.id, actor=ANNA))


async def test_what_is_kept_is_what_the_timeline_leads_to(there: Domain) -> None:
    a, b = [await there.component(name) for name in "ab"]
    made = await report(there, component_ids=(b, a), person_ids=(2,), description="Hot")
    steps: Sequence[Callable[[Tx], Command]] = (
        lambda tx: incident_commands.ack(tx, 2),
        lambda tx: incident_commands.add_responders(tx, (1,)),
        lambda tx: lambda incident, act: snooze(incident, 5, act),
        lambda tx: incident_commands.wake(tx, None),
        lambda tx: incident_commands.edit(tx, Changes(impact="All", component_ids=(a,))),
        lambda tx: incident_commands.resolve(resolution="Out"),
        lambda tx: incident_commands.reopen(tx, "Again"),
        lambda tx: lambda incident, act: snooze(incident, 5, act),
    )
    for step in steps:
        there.clock.advance(2)
        after = await do(there, made.id, step)
        assert await kept(there, made.id) == after
        assert replay(await told(there, made.id)) == after
    events = [event for change in there.changes for event in change if event.key == made.id]
    found = await there.store.read(lambda conn: timeline.listing(conn, made.id, None, 99))
    assert [one.sequence for one in reversed(found)] == [event.sequence for event in events]
    assert [event.time_ms for event in events] == [
        one.event_time for one in await told(there, made.id)
    ]
    assert after.progress is Progress.PROCESSING
    assert after.component_ids == (a,)


async def test_an_alert_s_incident_is_kept_with_all_that_it_has(there: Domain) -> None:
    made = await raise_(there, "db")
    assert await kept(there, made.id) == made
    assert (made.labels, made.creator, made.alert_cnt) == ({"key": "db"}, None, 1)
    recovered = await do(there, made.id, lambda tx: recover, None)
    assert await kept(there, made.id) == recovered
    assert (recovered.status, recovered.closer) == (Status.OK, None)


async def test_what_alerts_say_is_kept_without_an_event(there: Domain) -> None:
    component_id = await there.component(follow=True)
    made = await raise_(there, "db")
    before = len(there.changes)

    def unit(tx: Tx) -> Incident:
        add_alert(tx, "web", "Critical", made.id, component_id=component_id)
        return incidents.follow(tx, made, alerts.totals(tx.conn, made.id))

    after = await there.do(unit)
    assert await kept(there, made.id) == after
    assert (after.severity, after.alert_cnt, after.version) == (Severity.CRITICAL, 2, 1)
    assert (after.title, after.component_ids) == ("db is down", (component_id,))
    assert [event.type for change in there.changes[before:] for event in change] == [
        "tocsin.component.status"
    ]


async def test_closing_by_hand_closes_alerts_and_reopening_opens_those_without_a_newer(
    there: Domain,
) -> None:
    made = await raise_(there, "db")
    await there.do(lambda tx: add_alert(tx, "web", "Critical", made.id))
    await there.do(lambda tx: add_alert(tx, "up", "Info", made.id, end_time=5))
    closed = await do(there, made.id, lambda tx: incident_commands.resolve())
    assert closed.status is Status.WARNING
    assert await held(there, made.id) == [("db", False), ("web", False), ("up", False)]
    newer = await raise_(there, "web", "Critical")
    opened = await do(there, made.id, lambda tx: incident_commands.reopen(tx, ""))
    assert await held(there, made.id) == [("db", True), ("web", False), ("up", False)]
    assert (opened.alert_cnt, opened.status) == (3, Status.WARNING)
    assert await held(there, newer.id) == [("web", True)]


async def test_an_incident_that_times_out_takes_no_more_events(there: Domain) -> None:
    made = await raise_(there, "db")
    await do(there, made.id, lambda tx: time_out, None)
    assert await held(there, made.id) == [("db", False)]


async def test_a_refused_command_leaves_the_alerts_alone(there: Domain) -> None:
    made = await raise_(there, "db")
    for command in (
        lambda tx: incident_commands.reopen(tx, ""),
        lambda tx: incident_commands.resolve(resolution="x" * 6_145),
    ):
        with pytest.raises(Refused):
            await do(there, made.id, command)
    assert await held(there, made.id) == [("db", True)]
    assert await kept(there, made.id) == made


async def test_merging_moves_alerts_and_unmerging_gives_them_back(there: Domain) -> None:
    target = await raise_(there, "db")
    there.clock.advance(1)
    source = await raise_(there, "web", "Critical")
    merged = await merge(there, target, source)
    assert await held(there, target.id) == [("db", True), ("web", True)]
    assert (merged.alert_cnt, merged.severity, merged.title) == (2, Severity.CRITICAL, "db is down")
    assert there.told == ["incident.rslv", "incident.merge"]
    gone = await kept(there, source.id)
    assert (gone.progress, gone.alert_cnt, gone.merged_into) == (Progress.CLOSED, 0, target.id)
    assert gone.status is Status.CRITICAL
    left = await unmerge(there, target, source)
    assert there.told == ["incident.reopen", "incident.comm"]
    assert (left.alert_cnt, left.severity) == (1, Severity.WARNING)
    back = await kept(there, source.id)
    assert (back.alert_cnt, back.progress, back.status) == (1, Progress.TRIGGERED, Status.CRITICAL)
    assert await held(there, source.id) == [("web", True)]
    assert await kept(there, target.id) == left


async def test_merged_incidents_come_back_with_what_was_merged_into_them(there: Domain) -> None:
    a, b, c = [await raise_(there, key) for key in "abc"]
    await merge(there, b, a)
    await there.do(lambda tx: add_alert(tx, "late", "Info", b.id))
    await merge(there, c, b)
    assert [key for key, _ in await held(there, c.id)] == ["a", "b", "c", "late"]
    await unmerge(there, c, b)
    assert [key for key, _ in await held(there, c.id)] == ["c"]
    assert [key for key, _ in await held(there, b.id)] == ["a", "b", "late"]
    await unmerge(there, b, a)
    assert [key for key, _ in await held(there, b.id)] == ["b", "late"]
    assert [key for key, _ in await held(there, a.id)] == ["a"]


async def test_a_target_is_called_what_its_own_alert_says(there: Domain) -> None:
    older = await raise_(there, "older")
    target = await raise_(there, "target")
    assert (await merge(there, target, older)).title == "target is down"


async def test_an_incident_made_by_hand_that_gets_alerts_follows_their_status(
    there: Domain,
) -> None:
    target = await report(there, title="Trouble", severity=Severity.INFO)
    merged = await merge(there, target, await raise_(there, "db"))
    assert (merged.title, merged.severity) == ("Trouble", Severity.INFO)
    assert (merged.status, merged.alert_cnt) == (Status.WARNING, 1)


async def test_components_follow_the_worst_open_incident(there: Domain) -> None:
    following, other = await there.component(follow=True), await there.component("other")
    small = await report(there, severity=Severity.WARNING, component_ids=(following, other))
    assert there.last[0] == ("component.status", f"component/{following}")

    async def states() -> list[str]:
        return [(await there.shown(one)).component.state.value for one in (following, other)]

    assert await states() == ["degraded", "operational"]
    big = await report(there, component_ids=(following,))
    assert await states() == ["outage", "operational"]
    await do(there, big.id, lambda tx: incident_commands.edit(tx, Changes(severity=Severity.INFO)))
    assert await states() == ["degraded", "operational"]
    await do(there, small.id, lambda tx: incident_commands.edit(tx, Changes(component_ids=())))
    assert await states() == ["operational", "operational"]
    await do(there, big.id, lambda tx: incident_commands.resolve())
    await do(
        there, small.id, lambda tx: incident_commands.edit(tx, Changes(component_ids=(other,)))
    )
    await there.edit_component(other, follow_incidents=True)
    assert await states() == ["operational", "degraded"]
    await do(there, small.id, lambda tx: incident_commands.resolve())
    assert await states() == ["operational", "operational"]
    await do(there, small.id, lambda tx: incident_commands.reopen(tx, ""))
    assert await states() == ["operational", "degraded"]
    assert await there.loaded() == there.board


async def test_a_component_that_an_open_incident_affects_stays(there: Domain) -> None:
    component_id = await there.component()
    made = await report(there, component_ids=(component_id,))
    with pytest.raises(Refused, match="open incident"):
        await there.delete_component(component_id)
    await do(there, made.id, lambda tx: incident_commands.resolve())
    await there.delete_component(component_id)
    assert (await kept(there, made.id)).component_ids == ()


async def test_a_snooze_that_ran_out_goes_before_whatever_follows(there: Domain) -> None:
    made = await report(there, person_ids=(2,))
    await do(there, made.id, lambda tx: lambda incident, act: snooze(incident, 1, act))
    there.clock.advance(90)
    await do(there, made.id, lambda tx: incident_commands.ack(tx, 2))
    assert [one.type for one in (await told(there, made.id))[-3:]] == [
        IncidentEvent.SNOOZE,
        IncidentEvent.ASSIGN,
        IncidentEvent.ACK,
    ]
    assert there.told == ["incident.assign", "incident.ack"]


async def test_lists_are_newest_first_and_of_what_is_chosen(there: Domain) -> None:
    fire = await report(there, title="100%_Fire", description="ÄRGER")
    rain = await report(there, title="Rain", severity=Severity.INFO)
    sun = await raise_(there, "sun")
    await do(there, sun.id, lambda tx: incident_commands.resolve())

    async def listed(before: str | None = None, limit: int = 9, **chosen: Any) -> list[str]:
        found = await there.store.read(
            lambda conn: rows.listing(conn, Chosen(**chosen), before, limit)
        )
        return [one.id for one in found]

    assert await listed() == [sun.id, rain.id, fire.id]
    assert await listed(sun.id, 1) == [rain.id]
    assert await listed(progresses=(Progress.TRIGGERED, Progress.PROCESSING)) == [rain.id, fire.id]
    assert await listed(severities=(Severity.INFO, Severity.WARNING)) == [sun.id, rain.id]
    assert await listed(channel_ids=(0,)) == [sun.id, rain.id, fire.id]
    assert await listed(channel_ids=(1,)) == []
    assert await listed(text="0%_f") == [fire.id]
    assert await listed(text="_") == [fire.id]
    assert await listed(text=rain.num) == [rain.id]

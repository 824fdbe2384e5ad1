"""What happens to incidents by itself, each once and as of its time, on each database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import channels, incident_commands, incidents
from tocsin.app.incident_commands import Reported
from tocsin.app.incidents import Command
from tocsin.model.assignment import Level, Rule
from tocsin.model.channel import Channel, Rules
from tocsin.model.incident import Incident, IncidentEvent, Progress
from tocsin.model.incident_command import snooze
from tocsin.model.matcher import Condition, Operator
from tocsin.model.person import Person
from tocsin.model.severity import Severity
from tocsin.model.timeline import Entry
from tocsin.store import alerts, people, timeline
from tocsin.store import channels as channel_rows
from tocsin.store.tx import Tx

ANNA, BERT, CARL = Person(1, "Anna", ""), Person(2, "Bert", ""), Person(3, "Carl", "")
MINUTE = 60
FIRES = ((Condition("title", Operator.IN, ("Fire",)),),)
LEVELS = Rule(FIRES, (Level((1,), 10), Level((2, 3), 20), Level((3,))))
LATER = replace(LEVELS, delay_s=30)


@asynccontextmanager
async def staffed(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    async with domain(url, clock) as there:
        for person in (ANNA, BERT, CARL):
            await there.do(partial(_introduce, person))
        yield there


def _introduce(person: Person, tx: Tx) -> None:
    if people.find(tx.conn, person.person_id) is None:
        assert people.add(tx.conn, person.person_name, None, tx.now) == person.person_id


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain with people in it."""
    async with staffed(url, clock) as there:
        yield there


async def channel(there: Domain, **rules: Any) -> Channel:
    return await there.do(lambda tx: channels.create(tx, Rules(name="Ops", **rules)))


async def report(there: Domain, of: Channel | None = None, **fields: Any) -> Incident:
    """Carl makes an incident."""
    channel_id = of.id if of else 0
    given = {"title": "Fire", "severity": Severity.CRITICAL, "channel_id": channel_id, **fields}
    reported = Reported(**given)
    return await there.do(lambda tx: incident_commands.report(tx, reported, CARL))


async def do(there: Domain, incident_id: str, make: Callable[[Tx], Command]) -> Incident:
    return await there.do(lambda tx: incidents.act(tx, incident_id, make(tx), BERT))


async def wait(there: Domain, seconds: float) -> int | None:
    """Let time pass, and happen what then does; when the next will, in seconds from now."""
    there.clock.advance(seconds)
    next_ms = await there.timers.catch_up()
    return None if next_ms is None else (next_ms - there.clock.now_ms()) // 1_000


async def kept(there: Domain, incident_id: str) -> Incident:
    return await there.store.read(lambda conn: incidents.get(conn, incident_id))


async def told(there: Domain, incident_id: str) -> list[Entry]:
    """The timeline, oldest first."""
    found = await there.store.read(lambda conn: timeline.listing(conn, incident_id, None, 99))
    return [one.entry for one in reversed(found)]


async def asked(there: Domain, incident_id: str) -> list[tuple[list[int], str, int]]:
    """To whom it was given, why, and how many seconds after its beginning."""
    first, *entries = await told(there, incident_id)
    return [
        (
            [one["person_id"] for one in entry.detail["to"]],
            entry.detail.get("reason", "by hand"),
            entry.at - first.at,
        )
        for entry in entries
        if entry.type is IncidentEvent.ASSIGN
    ]


def resting(minutes: int) -> Callable[[Tx], Command]:
    return lambda tx: lambda incident, act: snooze(incident, minutes, act)


class TestSnoozes:
    async def test_a_snooze_that_runs_out_gives_it_to_its_responders_again(
        self, there: Domain
    ) -> None:
        made = await report(there, person_ids=(1,))
        await do(there, made.id, resting(5))
        assert await wait(there, 5 * MINUTE - 1) == 1
        assert (await kept(there, made.id)).progress is Progress.PROCESSING

        assert await wait(there, 100) is None
        awake = await kept(there, made.id)
        assert (awake.progress, awake.snoozed_before) == (Progress.TRIGGERED, 0)
        assert await asked(there, made.id) == [
            ([1], "by hand", 0),
            ([1], "snooze expired", 5 * MINUTE),
        ]

    async def test_without_responders_it_is_but_awake(self, there: Domain) -> None:
        made = await report(there)
        await do(there, made.id, resting(5))
        before = len(there.changes)
        assert await wait(there, 5 * MINUTE) is None
        assert (await kept(there, made.id)).progress is Progress.TRIGGERED
        assert len(there.changes) == before

    async def test_it_is_woken_once_after_a_restart(self, url: str, clock: HeldClock) -> None:
        async with staffed(url, clock) as there:
            made = await report(there, person_ids=(1,))
            await do(there, made.id, resting(5))
        clock.advance(3_600)
        async with staffed(url, clock) as one, staffed(url, clock) as other:
            for node in (one, other, one):
                assert await node.timers.catch_up() is None
            assert [at for _, _, at in await asked(one, made.id)] == [0, 5 * MINUTE]


class TestClosing:
    async def test_it_is_closed_for_want_of_alerts_as_of_when_it_was_due(
        self, there: Domain
    ) -> None:
        ops = await channel(there, close_after_s=600)
        made = await report(there, ops)
        assert await wait(there, 599) == 1
        assert await wait(there, 50) is None
        closed = await kept(there, made.id)
        assert (closed.progress, closed.closer) == (Progress.CLOSED, None)
        assert closed.close_time == made.created_at + 600
        assert (await told(there, made.id))[-1].detail == {"reason": "timeout"}

    async def test_an_alert_puts_it_off(self, there: Domain) -> None:
        made = await report(there, await channel(there, close_after_s=600))
        there.clock.advance(500)

        def alerted(tx: Tx) -> Incident:
            totals = replace(
                alerts.totals(tx.conn, made.id), alert_cnt=1, title="Fire", last_time=tx.now
            )
            return incidents.follow(tx, made, totals)

        await there.do(alerted)
        assert await wait(there, 0) == 600

    async def test_what_people_say_does_not(self, there: Domain) -> None:
        made = await report(there, await channel(there, close_after_s=600))
        there.clock.advance(500)
        await do(there, made.id, lambda tx: incident_commands.ack(tx, None))
        assert await wait(there, 0) == 100

    async def test_one_that_is_opened_again_has_the_whole_time(self, there: Domain) -> None:
        made = await report(there, await channel(there, close_after_s=600))
        await wait(there, 600)
        there.clock.advance(50)
        await do(there, made.id, lambda tx: incident_commands.reopen(tx, ""))
        assert await wait(there, 0) == 600

    async def test_a_rule_is_for_the_time_that_begins_with_it(self, there: Domain) -> None:
        ops = await channel(there)
        await report(there, ops)
        there.clock.advance(86_400)
        await there.do(lambda tx: channels.edit(tx, ops, replace(ops, close_after_s=600)))
        there.clock.advance(100)
        ops = await there.store.read(lambda conn: channels.get(conn, ops.id))
        await there.do(lambda tx: channels.edit(tx, ops, replace(ops, name="Operations")))
        assert await wait(there, 0) == 500

    async def test_the_first_of_all_channels_is_the_next(self, there: Domain) -> None:
        slow = await channel(there, close_after_s=900)
        quick = await channel(there, close_after_s=300)
        never = await channel(there)
        for ops in (slow, quick, never, quick):
            await report(there, ops)
            there.clock.advance(10)
        assert [await wait(there, seconds) for seconds in (0, 270, 20, 1_000)] == [
            *(270, 20, 570),
            None,
        ]

    async def test_components_come_back_as_of_then(self, there: Domain) -> None:
        component_id = await there.component(follow=True)
        ops = await channel(there, close_after_s=600)
        made = await report(there, ops, component_ids=(component_id,))
        await wait(there, 700)
        (status,) = [one for one in there.changes[-1] if one.type == "tocsin.component.status"]
        assert status.time_ms == (made.created_at + 600) * 1_000


class TestAssignment:
    async def test_the_levels_are_asked_until_the_last(self, there: Domain) -> None:
        made = await report(there, await channel(there, assignment=(LATER,)))
        assert await asked(there, made.id) == []
        assert await wait(there, 30) == 10 * MINUTE
        assert await wait(there, 10 * MINUTE) == 20 * MINUTE
        assert await wait(there, 20 * MINUTE) is None
        rule = "assignment rule"
        assert await asked(there, made.id) == [
            ([1], rule, 30),
            ([2, 3], rule, 630),
            ([3], rule, 1_830),
        ]
        assert [one.detail["level"] for one in (await told(there, made.id))[1:]] == [1, 2, 3]

    async def test_without_a_delay_it_is_given_in_the_change_that_makes_it(
        self, there: Domain
    ) -> None:
        made = await report(there, await channel(there, assignment=(LEVELS,)))
        assert there.told == ["incident.new", "incident.assign"]
        assert [one.person for one in made.responders] == [ANNA]

    async def test_whom_somebody_has_chosen_is_asked_instead(self, there: Domain) -> None:
        ops = await channel(there, assignment=(LEVELS,))
        chosen = await report(there, ops, person_ids=(2,))
        assert await wait(there, 3_600) is None
        assert await asked(there, chosen.id) == [([2], "by hand", 0)]

        made = await report(there, ops)
        await do(there, made.id, lambda tx: incident_commands.assign(tx, (3,)))
        assert await wait(there, 3_600) is None

    async def test_an_incident_that_no_rule_is_for_is_given_to_nobody(self, there: Domain) -> None:
        made = await report(there, await channel(there, assignment=(LEVELS,)), title="Flood")
        assert made.responders == ()
        assert await wait(there, 0) is None

    async def test_nobody_else_is_asked_while_somebody_works_on_it(self, there: Domain) -> None:
        made = await report(there, await channel(there, assignment=(LEVELS,)))
        await do(there, made.id, lambda tx: incident_commands.ack(tx, 1))
        assert await wait(there, 3_600) is None
        await do(there, made.id, lambda tx: incident_commands.unack(tx, 1))
        assert await wait(there, 0) == 10 * MINUTE

    async def test_it_rests_with_a_snooze_and_a_closed_incident(self, there: Domain) -> None:
        made = await report(there, await channel(there, assignment=(LEVELS,)))
        await do(there, made.id, resting(60))
        assert await wait(there, 0) == 60 * MINUTE
        assert await wait(there, 60 * MINUTE) == 10 * MINUTE
        await do(there, made.id, lambda tx: incident_commands.resolve())
        assert await wait(there, 3_600) is None
        await do(there, made.id, lambda tx: incident_commands.reopen(tx, ""))
        assert await wait(there, 0) == 10 * MINUTE

    async def test_a_level_whose_people_are_gone_is_passed_over(self, there: Domain) -> None:
        gone = replace(LEVELS, levels=(Level((9,)), *LEVELS.levels[1:]))
        ops = await channel(there)

        def unit(tx: Tx) -> None:
            rows = channels.get(tx.conn, ops.id)
            channel_rows.save(tx.conn, replace(rows, assignment=(gone,)), tx.now)

        await there.do(unit)
        made = await report(there, ops)
        assert await asked(there, made.id) == [([2, 3], "assignment rule", 0)]
        only = replace(LEVELS, levels=(Level((9,)),))
        await there.do(
            lambda tx: channel_rows.save(tx.conn, replace(ops, assignment=(only,)), tx.now)
        )
        assert (await report(there, ops)).responders == ()

    async def test_after_a_restart_everybody_still_has_their_time(
        self, url: str, clock: HeldClock
    ) -> None:
        async with staffed(url, clock) as there:
            made = await report(there, await channel(there, assignment=(LATER,)))
        clock.advance(7_200)
        async with staffed(url, clock) as one, staffed(url, clock) as other:
            await one.timers.catch_up()
            assert await other.timers.catch_up() == clock.now_ms() + 10 * MINUTE * 1_000
            assert await asked(one, made.id) == [([1], "assignment rule", 30)]

"""Alerts that come in, and the incidents that they make, on each database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.clock import HeldClock
from tests.domain import Domain, domain

from tocsin.app import channels, incident_commands, incidents, intake, integrations, people
from tocsin.app import incident_merging as merging
from tocsin.app.integrations import NewIntegration
from tocsin.app.people import NewPerson
from tocsin.model.alert import Alert, Effect
from tocsin.model.alert_event import AlertEvent
from tocsin.model.assignment import Level, Rule
from tocsin.model.channel import Channel, Rules
from tocsin.model.errors import Code, Refused
from tocsin.model.flapping import Flapping
from tocsin.model.grouping import ALERTS_LIMIT, Grouping, Since
from tocsin.model.incident import GroupMethod, Incident, Progress
from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.incident_edit import Changes
from tocsin.model.inhibition import Inhibition
from tocsin.model.integration import Integration, Kind
from tocsin.model.matcher import Condition, Filter, Operator
from tocsin.model.severity import Severity, Status
from tocsin.model.silence import Once, Silence
from tocsin.store import alerts, timeline
from tocsin.store import incidents as rows

KEY = "0123456789abcdef0123456789abcdef"
BY_HOST = Grouping(GroupMethod.PATTERN, ("labels.host",))


class Monitored:
    """A channel and an integration that brings alerts to it."""

    def __init__(self, there: Domain, channel: Channel, integration: Integration) -> None:
        self.there = there
        self.channel = channel
        self.integration = integration

    async def bring(self, *events: AlertEvent) -> list[Effect]:
        """One push, of one slice."""
        return await self.there.do(lambda tx: intake.take(tx, self.integration.id, events))

    async def say(self, key: str, status: str = "Warning", **fields: Any) -> Effect:
        """An event, of now."""
        return (await self.bring(self.event(key, status, **fields)))[0]

    def event(self, key: str | None, status: str = "Warning", **fields: Any) -> AlertEvent:
        now = self.there.clock.now
        given = {"title": f"{key} is down", "time": now, "started_at": now, **fields}
        return AlertEvent(key=key, status=Status(status), **given)

    async def all_incidents(self) -> list[Incident]:
        """Oldest first."""
        found = await self.there.store.read(lambda conn: rows.listing(conn, rows.ALL, None, 99))
        return found[::-1]

    async def mine(self) -> list[Incident]:
        """Those of the channel, oldest first."""
        return [one for one in await self.all_incidents() if one.channel_id == self.channel.id]

    async def incident(self) -> Incident:
        """The only one."""
        [one] = await self.all_incidents()
        return one

    async def alerts(self, **chosen: Any) -> list[Alert]:
        """Oldest first."""
        found = await self.there.store.read(
            lambda conn: alerts.listing(conn, alerts.Chosen(**chosen), None, 99)
        )
        return found[::-1]

    async def told(self, incident_id: str) -> list[str]:
        """The types in the timeline, oldest first."""
        found = await self.there.store.read(
            lambda conn: timeline.listing(conn, incident_id, None, 99)
        )
        return [one.entry.type.value for one in reversed(found)]

    async def totals(self, incident_id: str) -> AlertTotals:
        """What the alerts of an incident add up to, all of them looked at."""
        return await self.there.store.read(lambda conn: alerts.totals(conn, incident_id))


@pytest.fixture
async def there(url: str, clock: HeldClock) -> AsyncIterator[Domain]:
    """A domain."""
    async with domain(url, clock) as there:
        yield there


async def monitored(there: Domain, labels: dict[str, str] | None = None, **rules: Any) -> Monitored:
    channel = await there.do(lambda tx: channels.create(tx, Rules("Shop", **rules)))
    new = NewIntegration("Probe", Kind.STANDARD, channel.id, labels or {})
    integration = await there.do(lambda tx: integrations.create(tx, new, KEY))
    return Monitored(there, channel, integration)


def filter_(key: str, *vals: str) -> Filter:
    return ((Condition(key, Operator.IN, vals),),)


async def test_an_alert_makes_an_incident_and_its_recovery_closes_it(there: Domain) -> None:
    it = await monitored(there)
    assert await it.say("db", description="Hot", labels={"host": "a"}) is Effect.BEGIN
    made = await it.incident()
    [alert] = await it.alerts()
    assert alert.incident_id == made.id
    assert (made.title, made.description, made.labels) == ("db is down", "Hot", {"host": "a"})
    assert (made.severity, made.status, made.alert_cnt) == (Severity.WARNING, Status.WARNING, 1)
    assert (made.channel_id, made.channel_name, made.creator) == (it.channel.id, "Shop", None)
    assert (made.dedup_key, made.start_time, made.last_time) == (
        "db",
        alert.start_time,
        alert.last_time,
    )
    there.clock.advance(60)
    assert await it.say("db", "Ok", title="") is Effect.RECOVER
    closed = await it.incident()
    now = there.clock.now
    assert (closed.progress, closed.status) == (Progress.CLOSED, Status.OK)
    assert (closed.end_time, closed.close_time, closed.closer) == (now, now, None)
    assert await it.told(made.id) == ["i_new", "i_rslv"]


async def test_the_same_again_moves_times_alone(there: Domain) -> None:
    it = await monitored(there)
    await it.say("db")
    before, heads = await it.incident(), there.store.head
    there.clock.advance(5)
    assert await it.say("db", ends_at=there.clock.now + 300) is Effect.REPEAT
    [alert] = await it.alerts()
    assert (alert.last_time, alert.ends_at) == (there.clock.now, there.clock.now + 300)
    assert alert.event_cnt == 1
    after = await it.incident()
    assert after == replace(before, last_time=there.clock.now, updated_at=there.clock.now)
    assert there.store.head == heads


async def test_an_older_event_and_the_end_of_nothing_change_nothing(there: Domain) -> None:
    it = await monitored(there)
    assert await it.say("db", "Ok") is Effect.NONE
    await it.say("db")
    old = it.event("db", "Critical", time=there.clock.now - 1)
    assert await it.bring(old) == [Effect.NONE]
    assert (await it.incident()).severity is Severity.WARNING


async def test_severity_is_the_highest_there_was_and_status_the_worst_there_is(
    there: Domain,
) -> None:
    it = await monitored(there, grouping=BY_HOST)
    await it.bring(it.event("a"), it.event("b", "Info"), it.event("c", "Info"))
    assert (await it.incident()).alert_cnt == 3
    await it.say("a", "Critical")
    assert (await it.incident()).status is Status.CRITICAL
    await it.say("a", "Info")
    found = await it.incident()
    assert (found.severity, found.status) == (Severity.CRITICAL, Status.INFO)
    await it.bring(it.event("a", "Ok"), it.event("b", "Ok"))
    assert (await it.incident()).open
    await it.say("c", "Ok")
    assert not (await it.incident()).open


async def test_one_slice_may_say_several_things_of_one_alert(there: Domain) -> None:
    it = await monitored(there)
    effects = await it.bring(
        it.event("a"),
        it.event("a", "Critical"),
        it.event("a", "Ok"),
        it.event("a", "Info"),
    )
    assert effects == [Effect.BEGIN, Effect.UPDATE, Effect.RECOVER, Effect.BEGIN]
    first, second = await it.all_incidents()
    assert (first.title, first.severity, first.open) == ("a is down", Severity.CRITICAL, False)
    assert (second.severity, second.open) == (Severity.INFO, True)


async def test_what_is_sent_again_makes_no_second_alert_even_without_a_key(there: Domain) -> None:
    it = await monitored(there, labels={"team": "db"})
    event = it.event(None, title="Disk")
    assert await it.bring(event) == [Effect.BEGIN]
    assert await it.bring(event) == [Effect.REPEAT]
    assert await it.bring(replace(event, title="Other disk")) == [Effect.BEGIN]
    assert len(await it.alerts()) == 2


async def test_an_integration_adds_its_labels_to_those_that_the_event_has(there: Domain) -> None:
    it = await monitored(there, labels={"team": "db", "host": "?"})
    await it.say("a", labels={"host": "db1"})
    assert (await it.incident()).labels == {"team": "db", "host": "db1"}


async def test_without_grouping_every_alert_has_an_incident(there: Domain) -> None:
    it = await monitored(there)
    await it.bring(it.event("a"), it.event("b"))
    await it.say("c")
    assert [one.dedup_key for one in await it.all_incidents()] == ["a", "b", "c"]


async def test_alerts_with_equal_facts_share_an_incident_while_it_is_open(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST)
    await it.bring(*(it.event(f"a{at}", labels={"host": "a"}) for at in range(3)))
    await it.bring(
        it.event("b", labels={"host": "b"}), it.event("a3", "Critical", labels={"host": "a"})
    )
    a, b = await it.all_incidents()
    assert (a.alert_cnt, a.severity, a.group_method) == (4, Severity.CRITICAL, GroupMethod.PATTERN)
    assert (b.alert_cnt, b.title) == (1, "b is down")
    await there.do(lambda tx: incidents.act(tx, a.id, incident_commands.resolve(), None))
    await it.say("a4", labels={"host": "a"})
    assert [one.alert_cnt for one in await it.all_incidents()] == [4, 1, 1]


async def test_a_window_may_end(there: Domain) -> None:
    it = await monitored(there, grouping=replace(BY_HOST, window_s=60))
    for key in "abc":
        await it.say(key)
        there.clock.advance(40)
    assert [one.alert_cnt for one in await it.all_incidents()] == [2, 1]


async def test_a_window_may_begin_anew_with_each_alert(there: Domain) -> None:
    it = await monitored(there, grouping=replace(BY_HOST, window_s=60, since=Since.MERGE))
    for key in "abc":
        await it.say(key)
        there.clock.advance(40)
    assert [one.alert_cnt for one in await it.all_incidents()] == [3]
    there.clock.advance(30)
    await it.say("d")
    assert [one.alert_cnt for one in await it.all_incidents()] == [3, 1]


async def test_alerts_that_are_alike_share_an_incident(there: Domain) -> None:
    it = await monitored(there, grouping=Grouping(GroupMethod.INTELLIGENT, threshold=0.85))
    slow = "Requests to node {} take longer than 2 seconds"
    await it.bring(
        it.event("a", title=slow.format(1)),
        it.event("b", title="Disk full"),
        it.event("c", title=slow.format(2)),
    )
    await it.say("d", title=slow.format(3))
    assert [one.alert_cnt for one in await it.all_incidents()] == [3, 1]


async def test_an_incident_that_is_full_is_followed_by_another(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST)
    await it.say("a")
    full = await it.incident()
    await there.do(lambda tx: rows.save(tx.conn, full, replace(full, alert_cnt=ALERTS_LIMIT - 1)))
    await it.bring(it.event("b"), it.event("c"), it.event("d"))
    assert [one.alert_cnt for one in await it.all_incidents()] == [ALERTS_LIMIT, 2]


async def test_after_closing_by_hand_the_next_event_makes_a_new_alert(there: Domain) -> None:
    it = await monitored(there)
    await it.say("a")
    made = await it.incident()
    await there.do(lambda tx: incidents.act(tx, made.id, incident_commands.resolve(), None))
    assert await it.say("a") is Effect.BEGIN
    assert [one.open for one in await it.all_incidents()] == [False, True]


async def test_a_channel_may_keep_recovered_incidents_open(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST, close_on_recovery=False)
    await it.say("a", "Critical")
    await it.say("a", "Ok")
    found = await it.incident()
    assert (found.open, found.status, found.end_time) == (True, Status.OK, there.clock.now)
    await it.say("b")
    found = await it.incident()
    assert (found.status, found.end_time, found.alert_cnt) == (Status.WARNING, 0, 2)


async def test_what_somebody_has_set_stays(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST)
    await it.say("a")
    made = await it.incident()
    anna = await there.do(lambda tx: people.create(tx, NewPerson("Anna", "")))
    changes = Changes(title="Fire", severity=Severity.INFO)
    await there.do(
        lambda tx: incidents.act(tx, made.id, incident_commands.edit(tx, changes), anna.person)
    )
    await it.bring(it.event("a", "Critical", title="Worse"), it.event("b", description="More"))
    found = await it.incident()
    assert (found.title, found.severity, found.status) == ("Fire", Severity.INFO, Status.CRITICAL)


async def test_an_incident_is_called_what_its_first_alert_says_now(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST)
    await it.bring(it.event("a"), it.event("b"))
    await it.say("b", title="Other")
    assert (await it.incident()).title == "a is down"
    await it.bring(it.event("a", title="Much worse", description="!"))
    found = await it.incident()
    assert (found.title, found.description) == ("Much worse", "!")


async def test_thresholds_of_a_storm_are_told_once(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST, storm_thresholds=(4, 2, 9))
    await it.bring(*(it.event(str(at)) for at in range(5)))
    await it.bring(*(it.event(str(at)) for at in range(6)))
    found = await it.incident()
    assert found.storms == (2, 4)
    assert await it.told(found.id) == ["i_new", "i_storm", "i_storm"]


async def test_silenced_alerts_are_kept_out_until_they_are_heard_of_after_it(
    there: Domain,
) -> None:
    now = there.clock.now
    silence = Silence("Move", filter_("labels.host", "a*"), Once(now, now + 60))
    it = await monitored(there, silences=(silence,))
    await it.bring(it.event("a", labels={"host": "a1"}), it.event("b", labels={"host": "b1"}))
    kept_out, other = await it.alerts()
    assert (kept_out.kept_out, kept_out.incident_id) == ("silence Move", None)
    assert (await it.incident()).id == other.incident_id
    assert await it.say("a", labels={"host": "a1"}) is Effect.REPEAT
    assert len(await it.all_incidents()) == 1
    there.clock.advance(60)
    await it.say("a", labels={"host": "a1"})
    _, made = await it.all_incidents()
    kept_out, _ = await it.alerts()
    assert (kept_out.kept_out, kept_out.incident_id) == (None, made.id)
    assert (made.title, made.alert_cnt) == ("a is down", 1)


async def test_one_that_recovers_while_it_is_kept_out_never_makes_an_incident(
    there: Domain,
) -> None:
    silence = Silence("All", (), Once(0, there.clock.now + 60))
    it = await monitored(there, silences=(silence,))
    await it.say("a")
    assert await it.say("a", "Ok") is Effect.RECOVER
    assert await it.all_incidents() == []


async def test_a_source_keeps_its_targets_out_as_long_as_it_is_heard_of(there: Domain) -> None:
    rule = Inhibition(
        filter_("severity", "Critical"), filter_("severity", "Warning"), ("labels.host",)
    )
    it = await monitored(there, inhibitions=(rule,))
    on: dict[str, Any] = {"labels": {"host": "a"}}
    await it.bring(it.event("down", "Critical", **on), it.event("slow", **on))
    await it.bring(it.event("slower", **on), it.event("elsewhere", labels={"host": "b"}))
    found = {one.alert_key: one.kept_out for one in await it.alerts()}
    assert found == {"down": None, "slow": "inhibition", "slower": "inhibition", "elsewhere": None}
    there.clock.advance(601)
    await it.say("third", **on)
    await it.bring(it.event("down", "Critical", **on), it.event("fourth", **on))
    await it.bring(it.event("down", "Ok", **on), it.event("fifth", **on))
    found = {one.alert_key: one.kept_out for one in await it.alerts()}
    assert [found[key] for key in ("third", "fourth", "fifth")] == [None, "inhibition", None]


async def test_a_source_that_somebody_works_on_keeps_nothing_out(there: Domain) -> None:
    rule = Inhibition(filter_("title", "down is*"), filter_("title", "slow*"))
    it = await monitored(there, inhibitions=(rule,))
    await it.say("down")
    made = await it.incident()
    anna = await there.do(lambda tx: people.create(tx, NewPerson("Anna", "")))
    acked = anna.person.person_id
    await there.do(
        lambda tx: incidents.act(tx, made.id, incident_commands.ack(tx, acked), anna.person)
    )
    await it.bring(it.event("down"), it.event("slow"))
    assert [one.kept_out for one in await it.alerts()] == [None, None]


async def test_what_comes_and_goes_again_and_again_is_marked(there: Domain) -> None:
    it = await monitored(there, flapping=Flapping(4, 10))
    marked = []
    for status in ("Warning", "Ok", "Warning", "Ok", "Warning"):
        await it.say("a", status)
        marked.append((await it.alerts())[-1].flapping)
        there.clock.advance(60)
    assert marked == [False, False, False, True, True]
    there.clock.advance(600)
    await it.say("a", "Ok")
    assert (await it.alerts())[-1].flapping is False


async def test_closing_by_hand_is_no_flapping(there: Domain) -> None:
    it = await monitored(there, flapping=Flapping(2, 10))
    resolve = incident_commands.resolve()
    for _ in range(3):
        await it.say("a")
        last = (await it.all_incidents())[-1]
        await there.do(partial(incidents.act, incident_id=last.id, command=resolve, actor=None))
    assert not any(one.flapping for one in await it.alerts())


async def test_the_label_component_names_what_an_incident_affects(there: Domain) -> None:
    shop, web = await there.component("Shop", follow=True), await there.component("Web")
    it = await monitored(there, grouping=BY_HOST)
    await it.bring(
        it.event("a", "Critical", labels={"component": "Shop"}),
        it.event("b", labels={"component": web}),
        it.event("c", labels={"component": "Nothing"}),
    )
    assert (await it.incident()).component_ids == (shop, web)
    assert (await there.shown(shop)).component.state.value == "outage"
    await it.say("b", labels={"component": "Shop"})
    assert (await it.incident()).component_ids == (shop,)
    await it.bring(*(it.event(key, "Ok") for key in "abc"))
    assert (await there.shown(shop)).component.state.value == "operational"
    assert await there.loaded() == there.board


async def test_a_new_incident_is_given_to_whom_the_channel_says(there: Domain) -> None:
    anna = await there.do(lambda tx: people.create(tx, NewPerson("Anna", "")))
    rule = Rule(filter_("labels.team", "db"), (Level((anna.person.person_id,)),))
    it = await monitored(there, assignment=(rule,))
    await it.bring(it.event("a", labels={"team": "db"}), it.event("b"))
    given, nobodys = await it.all_incidents()
    assert [one.person for one in given.responders] == [anna.person]
    assert await it.told(given.id) == ["i_new", "i_assign"]
    assert nobodys.responders == ()


async def test_alerts_end_by_themselves_when_their_sender_has_said_so(there: Domain) -> None:
    it = await monitored(there)
    end = there.clock.now + 300
    await it.bring(it.event("a", ends_at=end), it.event("b", ends_at=end + 60), it.event("c"))
    assert await there.timers.catch_up() == end * 1_000
    there.clock.advance(310)
    assert await there.timers.catch_up() == (end + 60) * 1_000
    a, b, _ = await it.all_incidents()
    assert (a.open, a.end_time, b.open) == (False, end, True)
    await there.do(lambda tx: incidents.act(tx, b.id, incident_commands.resolve(), None))
    there.clock.advance(60)
    assert await there.timers.catch_up() is None
    assert await it.told(b.id) == ["i_new", "i_rslv"]


async def test_alerts_recover_though_their_integration_is_gone(there: Domain) -> None:
    it = await monitored(there)
    await it.say("a", ends_at=there.clock.now + 10)
    await there.do(lambda tx: integrations.delete(tx, it.integration))
    with pytest.raises(Refused) as refused:
        await it.say("a")
    assert refused.value.code is Code.UNAUTHORIZED
    there.clock.advance(11)
    await there.timers.catch_up()
    assert not (await it.incident()).open


async def test_an_acknowledgement_is_the_integration_s(there: Domain) -> None:
    it = await monitored(there)
    await it.bring(it.event("a"), it.event("b"))
    for key in ("a", "a", "nobody's", "b"):
        await there.do(partial(intake.acknowledge, integration_id=it.integration.id, key=key))
    a, b = await it.all_incidents()
    assert [one.person.person_name for one in (*a.responders, *b.responders)] == ["Probe"] * 2
    assert a.responders[0].person == b.responders[0].person
    assert a.progress is Progress.PROCESSING
    assert await it.told(a.id) == ["i_new", "i_ack"]


async def test_many_keys_are_brought_at_once(there: Domain) -> None:
    it = await monitored(there, grouping=BY_HOST)
    brought = [(KEY, it.event(str(at))) for at in range(60)]
    brought[30] = ("f" * 32, it.event("nobody's"))
    effects = await there.do(lambda tx: intake.take_all(tx, brought))
    assert effects[30] is None
    assert effects.count(Effect.BEGIN) == 59
    assert (await it.incident()).alert_cnt == 59


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from(list(Status)),
        st.sampled_from(("x", "y")),
        st.sampled_from(("", "Shop")),
        st.sampled_from((0, 30)),
    ),
    max_size=8,
)
_DEEDS = st.one_of(_EVENTS, st.sampled_from(("resolve", "reopen", "merge", "wait")))


@settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=st.lists(_DEEDS, max_size=10))
async def test_incidents_say_at_any_time_what_their_alerts_add_up_to(
    url: str, deeds: list[Any]
) -> None:
    async with domain(url, HeldClock()) as there:
        await there.component("Shop")
        it = await _again(there)
        for deed in deeds:
            there.clock.advance(1)
            await _do(it, deed)
        for one in await it.mine():
            # One without an open alert was opened by hand; one without any keeps what they said.
            if one.open and one.alert_cnt and one.status is not Status.OK:
                assert AlertTotals.of(one) == await it.totals(one.id)


async def _again(there: Domain) -> Monitored:
    """A channel of its own, where the database has those of examples before."""
    channel = await there.do(lambda tx: channels.create(tx, Rules("Shop", grouping=BY_HOST)))
    new = NewIntegration("Probe", Kind.STANDARD, channel.id)
    key = f"{channel.id:032x}"
    integration = await there.do(lambda tx: integrations.create(tx, new, key))
    return Monitored(there, channel, integration)


async def _do(it: Monitored, deed: Any) -> None:
    if isinstance(deed, list):
        await it.bring(*(_event(it, said) for said in deed))
    elif deed == "wait":
        it.there.clock.advance(40)
        await it.there.timers.catch_up()
    else:
        await _command(it, deed)


def _event(it: Monitored, said: tuple[str, Status, str, str, int]) -> AlertEvent:
    key, status, title, of, ends = said
    labels = {"host": "1" if key < "c" else "2", "component": of}
    ends_at = it.there.clock.now + ends if ends and status is not Status.OK else 0
    return it.event(key, status, title=f"{key} {title}", labels=labels, ends_at=ends_at)


async def _command(it: Monitored, deed: str) -> None:
    there = it.there
    mine = await it.mine()
    opened = [one for one in mine if one.open]
    closed = [one for one in mine if not one.open]
    if deed == "resolve" and opened:
        await there.do(
            lambda tx: incidents.act(tx, opened[0].id, incident_commands.resolve(), None)
        )
    elif deed == "reopen" and closed:
        await there.do(
            lambda tx: incidents.act(tx, closed[-1].id, incident_commands.reopen(tx, ""), None)
        )
    elif deed == "merge" and len(opened) > 1:
        ids = [one.id for one in opened]
        await there.do(lambda tx: merging.merge(tx, ids[0], ids[1:], "", actor=None))

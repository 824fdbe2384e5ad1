"""The timeline, and that an incident follows from it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from tests.model.incidents import ANNA, BERT, CLEO, MANUAL, NOW, NOW_MS, RAISED, by

from tocsin.model import incident_command as command
from tocsin.model import incident_edit, incident_merge, timeline
from tocsin.model.custom_field import CustomField, Kind
from tocsin.model.errors import Code, Refused
from tocsin.model.incident import ByHand, Incident, IncidentEvent, NewIncident, Progress
from tocsin.model.incident_alerts import AlertTotals, follow
from tocsin.model.incident_command import Act, Decision
from tocsin.model.incident_edit import Changes
from tocsin.model.person import Person
from tocsin.model.severity import Severity, Status
from tocsin.model.timeline import Entry

T = TypeVar("T")

PEOPLE = [ANNA, BERT, CLEO]
FIELDS = (CustomField("team", Kind.TEXT), CustomField("paid", Kind.CHECKBOX))

_REFUSED_WHEN_CLOSED = {Code.INCIDENT_CLOSED}
_REFUSED_WHEN_OPEN = {
    Code.INCIDENT_OPEN,
    Code.INCIDENT_ALREADY_ACKNOWLEDGED,
    Code.INCIDENT_NOT_ACKNOWLEDGED,
    Code.INCIDENT_NOT_SNOOZED,
    Code.INCIDENT_NOT_MERGED,
}

EDITS = st.builds(
    Changes,
    title=st.sampled_from(["One", "Two"]),
    impact=st.sampled_from(["", "All"]),
    severity=st.sampled_from(Severity),
    fields=st.dictionaries(st.just("team"), st.sampled_from([None, "A", "B"])),
    component_ids=st.sampled_from([(), ("c1",), ("c1", "c2")]),
)
CHANGES = st.one_of(EDITS, st.just(Changes()), st.builds(Changes, root_cause=st.text(max_size=2)))


def everything(incident: Incident) -> Iterator[Decision]:
    """A life in which every event happens."""
    clock = iter(range(1, 100))
    edits = Changes("T", "D", "I", "C", "R", Severity.INFO, {"team": "A"}, ("c1",))
    other = replace(command.create(RAISED, (), by(None)).incident, id=f"{9:024x}")
    calls: list[Callable[[Incident, Act], Decision]] = [
        lambda one, act: command.assign(one, [BERT], act),
        lambda one, act: command.add_responders(one, [CLEO], act),
        lambda one, act: command.ack(one, ANNA, act),
        lambda one, act: command.unack(one, ANNA, act),
        lambda one, act: command.snooze(one, 5, act),
        command.wake,
        lambda one, act: command.storm(one, 5, act),
        lambda one, act: command.custom(one, "a", "b", act),
        lambda one, act: incident_merge.merge(one, [other], "", act).target,
        lambda one, act: command.comment(one, "x", act),
        lambda one, act: incident_edit.edit(one, edits, FIELDS, act),
        lambda one, act: incident_edit.edit(one, Changes(fields={"team": None}), FIELDS, act),
        command.recover,
        lambda one, act: command.reopen(one, "", act),
        command.time_out,
    ]
    for call in calls:
        decision = call(incident, by(ANNA, next(clock)))
        incident = decision.incident
        yield decision


def test_every_event_is_replayed() -> None:
    born = command.create(RAISED, (), by(None))
    lived = list(everything(born.incident))
    entries = (*born.entries, *(entry for decision in lived for entry in decision.entries))
    assert {entry.type for entry in entries} == set(IncidentEvent)
    assert timeline.replay(stored(entries)) == lived[-1].incident


def test_what_events_say_is_how_the_incident_is() -> None:
    born = command.create(RAISED, (), by(None))
    assert born.incident.by_hand == frozenset()
    *_, recovered, reopened, closed = list(everything(born.incident))
    assert (recovered.incident.status, recovered.incident.end_time) == (Status.OK, NOW + 13)
    assert (reopened.incident.end_time, reopened.incident.close_time) == (0, 0)
    incident = closed.incident
    assert (incident.title, incident.description, incident.component_ids) == ("T", "D", ("c1",))
    assert (incident.impact, incident.root_cause, incident.resolution) == ("I", "C", "R")
    assert incident.by_hand == set(ByHand)
    assert (incident.storms, incident.close_time, incident.fields) == ((5,), NOW + 15, {})


def test_the_birth_of_what_people_made_is_replayed() -> None:
    for new in (MANUAL, replace(MANUAL, component_ids=("c1",))):
        born = command.create(new, (), by(ANNA))
        assert timeline.replay(stored(born.entries)) == born.incident


def test_a_snooze_that_ran_out_in_silence_is_replayed_by_what_came_after() -> None:
    born = command.create(MANUAL, (), by(ANNA))
    snoozed = command.snooze(born.incident, 1, by(ANNA))
    said = command.comment(snoozed.incident, "x", by(ANNA, 60))
    entries = [*born.entries, *snoozed.entries, *said.entries]
    assert timeline.replay(entries[:2]).snoozed_before == NOW + 60
    assert timeline.replay(entries) == said.incident
    assert said.incident.progress is Progress.TRIGGERED


class Course(RuleBasedStateMachine):
    """Anything by anybody at any time, with a clock that may step back: two incidents, each with
    the timeline that it has so far."""

    @initialize(new=st.sampled_from([MANUAL, RAISED]), people=st.sets(st.sampled_from([0, 1, 2])))
    def begin(self, new: NewIncident, people: set[int]) -> None:
        self.now_ms = NOW_MS
        self.incidents: list[Incident] = []
        self.timelines: list[tuple[Entry, ...]] = []
        for at, creator in enumerate((ANNA, None)):
            given = replace(new, id=f"{at:024x}")
            to = [PEOPLE[one] for one in sorted(people)]
            born = command.create(given, to, Act(creator, NOW_MS))
            self.incidents.append(born.incident)
            self.timelines.append(born.entries)

    def keep(self, at: int, decision: Decision) -> None:
        assert decision.incident.version == self.incidents[at].version + len(decision.entries)
        for step in decision.steps:
            assert step.incident.event_ms == step.entry.event_time
        self.incidents[at] = decision.incident
        self.timelines[at] += decision.entries

    def try_(self, at: int, call: Callable[[Incident, Act], Decision], person: Person) -> None:
        """Do it, and see that it is refused for the reasons that its progress has."""
        incident = self.incidents[at]
        done = tried(lambda: call(incident, Act(person, self.now_ms)))
        if isinstance(done, Decision):
            self.keep(at, done)
            return
        assert done in (_REFUSED_WHEN_OPEN if incident.open else _REFUSED_WHEN_CLOSED)

    @rule(seconds=st.integers(-90, 900), milliseconds=st.integers(0, 999))
    def time_passes(self, seconds: int, milliseconds: int) -> None:
        self.now_ms += seconds * 1_000 + milliseconds

    @rule(at=st.integers(0, 1))
    def timer(self, at: int) -> None:
        self.keep(at, command.begin(self.incidents[at], self.now_ms))

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def give(self, at: int, who: Person, to: Person) -> None:
        self.try_(at, lambda incident, act: command.assign(incident, [to], act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def add(self, at: int, who: Person, to: Person) -> None:
        self.try_(at, lambda incident, act: command.add_responders(incident, [to], act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), other=st.sampled_from(PEOPLE))
    def acknowledge(self, at: int, who: Person, other: Person) -> None:
        has = self.incidents[at].has_acknowledged(other)
        count = len(self.timelines[at])
        self.try_(at, lambda incident, act: command.ack(incident, other, act), who)
        assert not has or self.timelines[at][count:] == ()

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def take_back(self, at: int, who: Person) -> None:
        self.try_(at, lambda incident, act: command.unack(incident, who, act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), minutes=st.integers(1, 20))
    def rest(self, at: int, who: Person, minutes: int) -> None:
        self.try_(at, lambda incident, act: command.snooze(incident, minutes, act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def wake(self, at: int, who: Person) -> None:
        self.try_(at, command.wake, who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), threshold=st.integers(2, 4))
    def storm(self, at: int, who: Person, threshold: int) -> None:
        self.try_(at, lambda incident, act: command.storm(incident, threshold, act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def say(self, at: int, who: Person) -> None:
        self.try_(at, lambda incident, act: command.comment(incident, "x", act), who)
        self.try_(at, lambda incident, act: command.custom(incident, "a", "b", act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), changes=CHANGES)
    def edit(self, at: int, who: Person, changes: Changes) -> None:
        self.try_(at, lambda one, act: incident_edit.edit(one, changes, FIELDS, act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE), changes=CHANGES)
    def resolve(self, at: int, who: Person, changes: Changes) -> None:
        self.try_(at, lambda one, act: incident_edit.resolve(one, changes, FIELDS, act), who)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def reopen(self, at: int, who: Person) -> None:
        self.try_(at, lambda incident, act: command.reopen(incident, "", act), who)

    @rule(at=st.integers(0, 1), close=st.sampled_from([command.recover, command.time_out]))
    def end(self, at: int, close: Callable[[Incident, Act], Decision]) -> None:
        self.try_(at, lambda incident, act: close(incident, replace(act, person=None)), ANNA)

    @rule(
        at=st.integers(0, 1),
        count=st.integers(0, 3),
        severity=st.sampled_from(Severity),
        ended=st.booleans(),
    )
    def alerts(self, at: int, count: int, severity: Severity, ended: bool) -> None:
        now = self.now_ms // 1_000
        status, end_time = (Status.OK, now) if ended else (Status(severity), 0)
        totals = AlertTotals(count, "Alert", "It is", severity, status, now, end_time, ("c9",))
        self.incidents[at] = follow(self.incidents[at], totals, now)

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def merge(self, at: int, who: Person) -> None:
        target, source = self.incidents[at], self.incidents[1 - at]
        done = tried(lambda: incident_merge.merge(target, [source], "", Act(who, self.now_ms)))
        if isinstance(done, Code):
            assert (done, target.open and source.open) == (Code.INCIDENT_CLOSED, False)
            return
        self.keep(1 - at, done.sources[0])
        self.keep(at, done.target)
        assert self.incidents[1 - at].merged_into == target.id

    @rule(at=st.integers(0, 1), who=st.sampled_from(PEOPLE))
    def unmerge(self, at: int, who: Person) -> None:
        target, source = self.incidents[at], self.incidents[1 - at]
        done = tried(lambda: incident_merge.unmerge(target, source, Act(who, self.now_ms)))
        if isinstance(done, Code):
            expected = Code.INCIDENT_NOT_MERGED if target.open else Code.INCIDENT_CLOSED
            assert done is expected
            return
        assert source.merged_into == target.id
        self.keep(1 - at, done.source)
        self.keep(at, done.target)

    @invariant()
    def progress_says_how_things_are(self) -> None:
        for incident in self.incidents:
            worked_on = incident.snoozed_before > 0 or any(
                one.acknowledged_at for one in incident.responders
            )
            if incident.open:
                expected = Progress.PROCESSING if worked_on else Progress.TRIGGERED
                assert incident.progress is expected
                assert (incident.close_time, incident.closer) == (0, None)
                assert incident.merged_into is None
            else:
                assert incident.close_time > 0
                assert incident.snoozed_before == 0
            assert not worked_on or incident.ack_time > 0 or incident.snoozed_before > 0

    @invariant()
    def event_times_strictly_increase(self) -> None:
        for incident, entries in zip(self.incidents, self.timelines, strict=True):
            times = [entry.event_time for entry in entries]
            assert all(before < after for before, after in pairwise(times))
            assert incident.event_ms == times[-1]
            assert len({one.person.person_id for one in incident.responders}) == len(
                incident.responders
            )

    def teardown(self) -> None:
        """An incident is what its timeline leads to, beside what its alerts say."""
        for incident, entries in zip(self.incidents, self.timelines, strict=True):
            totals = replace(AlertTotals.of(incident), alert_cnt=1)
            told = follow(timeline.replay(stored(entries)), totals, incident.updated_at)
            told = replace(told, alert_cnt=incident.alert_cnt)
            at = max(self.now_ms, incident.event_ms)
            assert timeline.lapsed(told, at) == timeline.lapsed(incident, at)


def tried(call: Callable[[], T]) -> T | Code:
    """What a command decides, or why it is refused."""
    try:
        return call()
    except Refused as refused:
        return refused.code


def stored(entries: tuple[Entry, ...]) -> list[Entry]:
    """The entries as they come back from where details are kept as JSON."""
    return [
        replace(one, detail=msgspec.json.decode(msgspec.json.encode(one.detail))) for one in entries
    ]


Course.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestCourse: Any = Course.TestCase

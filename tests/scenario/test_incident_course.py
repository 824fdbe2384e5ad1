"""Anything by anybody at any time, over HTTP with the timers at work: incidents take the course
that the table and its rules say, refusals write nothing, and every timeline leads to its incident.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.incident_course import Expected, Refusal
from tests.running import running
from tests.waiting import eventually

from tocsin.model.incident import IncidentEvent
from tocsin.model.person import Person
from tocsin.model.timeline import Entry, lapsed, replay
from tocsin.wire import flashduty

WHICH = st.integers(0, 1)
WHO = st.integers(0, 2)
PEOPLE = st.lists(WHO, min_size=1, max_size=3, unique=True)


class Course(RuleBasedStateMachine):
    """Two incidents, three people, and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = self.closing.enter_context(TemporaryDirectory())
        self.service = self.closing.enter_context(running(Path(folder)))
        self.admin = self.closing.enter_context(self.service.client())
        self.people: list[int] = []
        self.callers: list[httpx.Client] = []
        self.expected: list[Expected] = []

    @initialize()
    def begin(self) -> None:
        for name in ("Anna", "Bert", "Cleo"):
            given = {"name": name, "scopes": ["read", "incidents:write"]}
            token = self.admin.post("/api/v1/tokens", json=given).json()["secret"]
            caller = self.closing.enter_context(self.service.client(token))
            self.callers.append(caller)
        for caller in self.callers:
            given = {"title": "Fire", "incident_severity": "Warning"}
            made = caller.post("/api/v1/incidents", json=given).json()
            self.people.append(made["creator"]["person_id"])
            self.expected.append(Expected(made["incident_id"], "Fire", "Warning"))

    def teardown(self) -> None:
        self.closing.close()

    @property
    def now(self) -> int:
        return self.service.clock.now

    def head(self) -> str:
        """The position of the newest event of all."""
        answer = self.admin.get("/api/v1/events", params={"since": "latest"})
        return str(answer.json()["head"])

    def do(
        self, who: int, at: int, command: str, expect: Callable[[], None], **body: object
    ) -> None:
        """Carry out a command, or see it refused as it has to be, which writes nothing."""
        one, before = self.expected[at], self.head()
        path = f"/api/v1/incidents/{one.id}"
        if command:
            answer = self.callers[who].post(f"{path}/{command}", json=body)
        else:
            answer = self.callers[who].patch(path, json=body)
        try:
            expect()
        except Refusal as refusal:
            (code,) = refusal.args
            assert (answer.status_code, answer.json()["code"]) == (409, code)
            assert self.head() == before
        else:
            assert answer.status_code == 200, answer.text
            assert shown(answer.json()) == one.shown()
        self.check()

    def check(self) -> None:
        """Everything is as it has to be, and its timeline leads to it."""
        for one in self.expected:
            incident = self.get(one)
            assert shown(incident) == one.shown()
            entries = self.get(one, "/timeline?limit=100")["data"][::-1]
            assert [entry["type"] for entry in entries] == one.told
            times = [entry["event_time"] for entry in entries]
            assert times == sorted(set(times))
            # That nobody was given it again after a snooze is no event.
            again = lapsed(replay(map(entry_of, entries)), self.service.clock.now_ms())
            assert shown(flashduty.api_incident(again, "")) == one.shown()

    def is_awake(self, one: Expected) -> bool:
        return bool(self.get(one)["snoozed_before"] == 0)

    def get(self, one: Expected, what: str = "") -> Any:
        return self.admin.get(f"/api/v1/incidents/{one.id}{what}").json()

    @rule(seconds=st.sampled_from([0, 1, 59, 61, 600, 7_200]))
    def time_passes(self, seconds: int) -> None:
        self.service.clock.advance(seconds)
        asleep = [one for one in self.expected if 0 < one.snoozed_before <= self.now]
        for one in sorted(asleep, key=lambda one: one.snoozed_before):
            one.expire(self.now)
            eventually(partial(self.is_awake, one))
        self.check()

    @rule(who=WHO, at=WHICH, to=PEOPLE)
    def assign(self, who: int, at: int, to: list[int]) -> None:
        ids = tuple(self.people[one] for one in to)
        one = self.expected[at]
        self.do(who, at, "assign", lambda: one.assign(ids, self.now), person_ids=ids)

    @rule(who=WHO, at=WHICH, to=PEOPLE)
    def add_responders(self, who: int, at: int, to: list[int]) -> None:
        ids = tuple(self.people[one] for one in to)
        one = self.expected[at]
        self.do(who, at, "responders", lambda: one.add(ids, self.now), person_ids=ids)

    @rule(who=WHO, at=WHICH)
    def ack(self, who: int, at: int) -> None:
        one = self.expected[at]
        self.do(who, at, "ack", lambda: one.ack(self.people[who], self.now))

    @rule(who=WHO, at=WHICH, other=WHO)
    def ack_for(self, who: int, at: int, other: int) -> None:
        one, person = self.expected[at], self.people[other]
        self.do(who, at, "ack", lambda: one.ack(person, self.now), person_id=person)

    @rule(who=WHO, at=WHICH)
    def unack(self, who: int, at: int) -> None:
        self.do(who, at, "unack", lambda: self.expected[at].unack(self.people[who]))

    @rule(who=WHO, at=WHICH, minutes=st.sampled_from([1, 2, 60, 1_440]))
    def snooze(self, who: int, at: int, minutes: int) -> None:
        one = self.expected[at]
        self.do(who, at, "snooze", lambda: one.snooze(minutes, self.now), minutes=minutes)

    @rule(who=WHO, at=WHICH)
    def wake(self, who: int, at: int) -> None:
        self.do(who, at, "wake", self.expected[at].wake)

    @rule(who=WHO, at=WHICH, threshold=st.integers(2, 4))
    def storm(self, who: int, at: int, threshold: int) -> None:
        one = self.expected[at]
        self.do(who, at, "storm", lambda: one.storm(threshold), threshold=threshold)

    @rule(who=WHO, at=WHICH)
    def comment(self, who: int, at: int) -> None:
        self.do(who, at, "comment", self.expected[at].comment, comment="Who looks?")

    @rule(
        who=WHO,
        at=WHICH,
        title=st.sampled_from(["Fire", "Smoke"]),
        severity=st.sampled_from(["Critical", "Warning", "Info"]),
    )
    def edit(self, who: int, at: int, title: str, severity: str) -> None:
        one = self.expected[at]
        given = {"title": title, "incident_severity": severity}
        self.do(who, at, "", lambda: one.edit(title, severity), **given)

    @rule(who=WHO, at=WHICH)
    def resolve(self, who: int, at: int) -> None:
        one = self.expected[at]
        self.do(who, at, "resolve", lambda: one.resolve(self.people[who], self.now))

    @rule(who=WHO, at=WHICH)
    def reopen(self, who: int, at: int) -> None:
        self.do(who, at, "reopen", self.expected[at].reopen)

    @rule(who=WHO, at=WHICH)
    def merge(self, who: int, at: int) -> None:
        one, other = self.expected[at], self.expected[1 - at]
        expect = partial(one.merge, other, self.people[who], self.now)
        self.do(who, at, "merge", expect, source_ids=[other.id])

    @rule(who=WHO, at=WHICH)
    def unmerge(self, who: int, at: int) -> None:
        one, other = self.expected[at], self.expected[1 - at]
        self.do(who, at, "unmerge", lambda: one.unmerge(other), source_id=other.id)


def shown(incident: dict[str, Any]) -> dict[str, Any]:
    """What `Expected` has a say in."""
    responders = [
        (one["person_id"], one["assigned_at"], one["acknowledged_at"])
        for one in incident.get("responders", [])
    ]
    closer = incident.get("closer", {}).get("person_id")
    names = Expected("", "", "").shown()
    return {**{n: incident.get(n) for n in names}, "responders": responders, "closer": closer}


def entry_of(given: dict[str, Any]) -> Entry:
    """An entry of the timeline, as the API shows it."""
    person = msgspec.convert(given["person"], Person) if "person" in given else None
    return Entry(IncidentEvent(given["type"]), given["event_time"], person, given["detail"])


Course.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestCourse = Course.TestCase

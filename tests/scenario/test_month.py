"""A month of schedules on the running service, over a change of the clocks and several restarts.

Whatever is planned is announced, begins and ends once, when it should, and no moment early: the
test knows what is due, moves the clock by hand, and looks at the log, at the component and at its
statuses whenever it has stopped.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.clock import HeldClock
from tests.running import running
from tests.waiting import eventually

_SUMMARY = "/api/v2/summary.json"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
WEEK = 7 * DAY
DAYS = 31
KEEP_DAYS = 20
STEPS = ("announced", "started", "ended", "resolved", "cancelled")


class Due(NamedTuple):
    """A step that is taken, and when."""

    at: int
    step: str
    issue_id: str


@dataclass
class Planned:
    """An issue as its operators planned it."""

    id: str
    starts_at: int
    ends_at: int
    announced_at: int
    closed: Due | None = None

    def steps(self) -> Iterator[Due]:
        """All that happens to it, if time goes on."""
        yield Due(self.announced_at, "announced", self.id)
        if self.closed is None or self.closed.at > self.starts_at:
            yield Due(self.starts_at, "started", self.id)
        yield self.closed or Due(self.ends_at, "ended", self.id)

    @property
    def stands(self) -> tuple[int, int] | None:
        """From when to when it stands."""
        ended_at = self.closed.at if self.closed else self.ends_at
        return (self.starts_at, ended_at) if ended_at > self.starts_at else None


@dataclass
class Month:
    """The service, its operators, and what they know."""

    folder: Path
    zone: ZoneInfo
    clock: HeldClock
    plans: dict[str, Planned] = field(default_factory=dict)
    fired: list[Due] = field(default_factory=list)
    seen: dict[int, Any] = field(default_factory=dict)
    restarts: int = 0
    read_up_to: str = "earliest"
    running: ExitStack = field(default_factory=ExitStack)

    # The service

    def start(self) -> None:
        """Begin, or begin again where it stopped."""
        served: dict[str, object] = {"public_url": "https://status.test"}
        log: dict[str, object] = {"keep_days": KEEP_DAYS}
        self.service = self.running.enter_context(
            running(self.folder, self.clock, server=served, log=log)
        )
        self.api: httpx.Client = self.running.enter_context(self.service.client())

    def restart(self, after: int) -> None:
        """Stop for so many seconds."""
        self.running.close()
        self.clock.advance(after)
        self.start()
        self.restarts += 1

    def prepare(self) -> None:
        """A page in the zone, with one component."""
        self.start()
        self.call("PATCH", "pages/main", timezone=self.zone.key)
        self.component = self.call("POST", "components", name="Website")["id"]
        self.note = self.call(
            "POST",
            "issues",
            title="tock",
            component_ids=[self.component],
            label="informational",
        )["id"]

    def call(self, method: str, path: str, **body: object) -> dict[str, Any]:
        answer = self.api.request(method, f"/api/v1/{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    # The operators

    def local(self, day: datetime, hour: int, minute: int = 0) -> int:
        """That hour of the day on the clocks of the page's zone, as Unix seconds."""
        return int(
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone).timestamp()
        )

    def plan(self, starts_at: int, ends_at: int) -> Planned:
        made = self.call(
            "POST",
            "issues",
            title="Work",
            component_ids=[self.component],
            state_override="degraded",
            starts_at=starts_at,
            ends_at=ends_at,
        )
        announced_at = max(starts_at - WEEK, self.clock.now)
        planned = Planned(made["id"], starts_at, ends_at, announced_at)
        self.plans[planned.id] = planned
        return planned

    def reschedule(self, planned: Planned, later: int) -> None:
        """Have it begin and end later."""
        planned.starts_at += later
        planned.ends_at += later
        if planned.announced_at > self.clock.now:
            planned.announced_at = max(planned.starts_at - WEEK, self.clock.now)
        self.call(
            "PATCH",
            f"issues/{planned.id}",
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
        )

    def cancel(self, planned: Planned) -> None:
        planned.closed = Due(self.clock.now, "cancelled", planned.id)
        self.call("POST", f"issues/{planned.id}/cancel")

    def resolve(self, planned: Planned) -> None:
        planned.closed = Due(self.clock.now, "resolved", planned.id)
        self.call("POST", f"issues/{planned.id}/updates", label="resolved")

    # What is known

    def due(self) -> list[Due]:
        """All that has to have happened by now, in order."""
        steps = (due for planned in self.plans.values() for due in planned.steps())
        return sorted(due for due in steps if due.at <= self.clock.now)

    def next_after(self, at: int) -> int | None:
        """When the next step of all is due."""
        steps = (due.at for planned in self.plans.values() for due in planned.steps())
        return min((due_at for due_at in steps if due_at > at), default=None)

    def read(self) -> list[Due]:
        """All that happened, in the order of the log."""
        while True:
            query = {"topic": "issue/*", "since": self.read_up_to, "limit": "1000"}
            page = self.api.get("/api/v1/events", params=query).json()
            self.fired += [due for event in page["data"] if (due := _step(event)).step in STEPS]
            self.read_up_to = page["next"]
            if page["next"] == page["head"]:
                return self.fired

    def check(self) -> None:
        """All that is due has happened, in order, and nothing else; the component shows it."""
        due = self.due()
        eventually(lambda: len(self.read()) >= len(due))
        for title in ("tick", "tock"):  # has the timers look whether anything is due
            self.call("PATCH", f"issues/{self.note}", title=title)
        fired = self.read()
        assert sorted(map(_what, fired)) == sorted(map(_what, due))
        planned_at = {_what(each): each.at for each in due}
        for each in fired:
            # What was slept through is announced afterwards, but begins and ends as planned.
            late = each.at - planned_at[_what(each)]
            assert late == 0 or (late > 0 and each.step == "announced")
        timed = [each.at for each in fired if each.step in ("started", "ended")]
        assert timed == sorted(timed)
        component = self.call("GET", f"components/{self.component}")
        standing = any(begins <= self.clock.now < ends for begins, ends in self.windows())
        assert component["state"] == ("degraded" if standing else "operational")

    def windows(self) -> list[tuple[int, int]]:
        """When any of them stands, as far as is known, overlaps merged."""
        merged: list[tuple[int, int]] = []
        for begins, ends in sorted(filter(None, (each.stands for each in self.plans.values()))):
            if merged and begins <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
            else:
                merged.append((begins, ends))
        return merged

    def look(self) -> Any:
        """What the page tells programs now."""
        self.seen[self.clock.now] = found = self.api.get(_SUMMARY).json()
        return found

    # Looking back

    def check_statuses(self) -> None:
        """The component was degraded exactly as long as it was planned."""
        rows: list[dict[str, Any]] = []
        path: str | None = ""
        while path is not None:
            found = self.call("GET", f"components/{self.component}/statuses?limit=50{path}")
            rows += found["data"]
            path = found["next"] and f"&cursor={found['next']}"
        degraded = [row for row in reversed(rows) if row["state"] == "degraded"]
        assert [(row["began_at"], row["ended_at"]) for row in degraded] == [
            (begins, ends if ends <= self.clock.now else None)
            for begins, ends in self.windows()
            if begins <= self.clock.now
        ]

    def check_past(self) -> None:
        """Each moment that was looked at is as it was seen, as far back as the log reaches."""
        assert len({str(found) for found in self.seen.values()}) > 20
        moments = sorted(self.seen)
        eventually(lambda: self.seen_at(moments[0]).status_code == 404)
        shown = [at for at in moments if self.seen_at(at).status_code == 200]
        assert shown == moments[-len(shown) :]
        assert shown[0] <= self.clock.now - (KEEP_DAYS - 1) * DAY
        for at in shown:
            assert self.seen_at(at).json() == self.seen[at]

    def seen_at(self, at: int) -> httpx.Response:
        """What the page tells of that moment now."""
        return self.api.get(_SUMMARY, params={"at": at})


def _what(due: Due) -> tuple[str, str]:
    return due.step, due.issue_id


def _step(event: dict[str, Any]) -> Due:
    at = int(datetime.fromisoformat(event["time"]).timestamp())
    return Due(at, event["type"].rpartition(".")[2], event["data"]["issue"]["id"])


class Operators:
    """They plan a week ahead and more, and change their minds."""

    def __init__(self, month: Month, chance: Random) -> None:
        self.month = month
        self.chance = chance
        self.nightly: list[Planned] = []
        self.rescheduled = 0

    def plan_day(self, day: datetime) -> None:
        """Every night half an hour before midnight, and on Sundays in the small hours, in which
        the clocks are changed."""
        local = self.month.local
        next_day = day + timedelta(days=1)
        self.nightly.append(self.month.plan(local(day, 23, 30), local(next_day, 0, 30)))
        if day.weekday() == 6:
            self.month.plan(local(day, 1, 31), local(day, 3, 31))

    def change_something(self) -> None:
        """Now and then, of the nights that are coming and of whatever stands."""
        now = self.month.clock.now
        known = [each for each in self.month.plans.values() if each.closed is None]
        standing = [each for each in known if each.starts_at < now < each.ends_at]
        coming = [each for each in self.nightly if each.announced_at < now < each.starts_at]
        coming = [each for each in coming if each.closed is None]
        match self.chance.randrange(12), standing, coming:
            case 0 | 1 | 2 | 3 | 4 | 5, [one, *_], _:
                self.month.resolve(one)
            case 6 | 7 | 8, [one, *_], _:
                self.month.cancel(one)
            case 9, _, [one, *_]:
                self.month.cancel(one)
            case 10, _, [one, *_]:
                self.month.reschedule(one, self.chance.randrange(60, 3 * HOUR))
                self.nightly.remove(one)
                self.rescheduled += 1

    def live_through(self, first_day: datetime) -> None:
        """Plan, change and wait: to just before a step and to the step, or over several of them."""
        month, clock = self.month, self.month.clock
        planned_until = first_day
        end = month.local(first_day + timedelta(days=DAYS), 12)
        while clock.now < end:
            while month.local(planned_until, 0) < clock.now + 10 * DAY:
                self.plan_day(planned_until)
                planned_until += timedelta(days=1)
            self.change_something()
            month.look()
            self.wait()
            month.check()

    def wait(self) -> None:
        """Until something is due, mostly."""
        month, clock, chance = self.month, self.month.clock, self.chance
        due_at = month.next_after(clock.now)
        assert due_at is not None
        match chance.randrange(20):
            case 0:
                month.restart(after=chance.randrange(MINUTE, 2 * DAY))
            case 1 | 2:
                clock.advance(chance.randrange(1, DAY))
            case 3 | 4 | 5 | 6 | 7 | 8 | 9:
                clock.set((clock.now + due_at) * 500)
            case _:
                clock.set(due_at * 1_000 - 1)
                month.check()
                clock.set(due_at * 1_000)

    def check_nights(self, change: datetime, lasts: int) -> None:
        """The page's clocks showed the same hours every night, also in the one that was longer or
        shorter than others, in which the work from 1:31 to 3:31 lasted so long."""
        fired = {due.issue_id: due.at for due in self.month.fired if due.step == "started"}
        began = [fired[night.id] for night in self.nightly if night.id in fired]
        shown = [datetime.fromtimestamp(at, self.month.zone) for at in began]
        assert {(each.hour, each.minute) for each in shown} == {(23, 30)}
        assert len({each.utcoffset() for each in shown}) == 2
        night = self.month.local(change, 1, 31)
        assert (night, night + lasts) in {
            (p.starts_at, p.ends_at) for p in self.month.plans.values()
        }


@pytest.mark.parametrize(
    ("zone", "first_day", "change", "lasts"),
    [
        ("Europe/Berlin", "2026-03-10", "2026-03-29", 1 * HOUR),
        ("America/New_York", "2026-10-15", "2026-11-01", 3 * HOUR),
    ],
)
@pytest.mark.timeout(300)
def test_a_month_over_a_change_of_the_clocks(
    tmp_path: Path, zone: str, first_day: str, change: str, lasts: int
) -> None:
    day = datetime.fromisoformat(first_day)
    where = ZoneInfo(zone)
    clock = HeldClock(int(day.replace(tzinfo=where).timestamp()) * 1_000)
    month = Month(tmp_path, where, clock)
    with month.running:
        month.prepare()
        operators = Operators(month, Random(zone))
        operators.live_through(day)
        assert month.restarts > 2
        assert {due.step for due in month.fired} == set(STEPS)
        assert operators.rescheduled
        operators.check_nights(datetime.fromisoformat(change), lasts)
        month.check_statuses()
        month.check_past()

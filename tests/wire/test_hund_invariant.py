"""The invariant of the live API: whoever follows the stream holds what a newcomer is given.

Arbitrary calls and passing time drive the model, the board and the rendering together; every open
stream of a page or component, in either version, is followed by a client that knows only the
published rules of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import UNSET, UnsetType
from tests.live_client import LiveClient
from tests.live_client_v2 import LiveClientV2
from tests.live_world import World, component, page

from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.errors import Refused
from tocsin.model.event import Change
from tocsin.model.issue import (
    ANNOUNCED_BEFORE,
    IssueLabel,
    NewIssue,
    NewUpdate,
    UpdateLabel,
)
from tocsin.model.issue_edit import Changes
from tocsin.wire import hund, hund_v2
from tocsin.wire.hund_frame import Frame

COMPONENTS = ("api", "db", "web", "<&>")
PAGES = ("main", "inner")
Stream = tuple[str, str | None]
Wanted = tuple[str, ...]


def rank(event: str) -> int:
    """Where a frame stands among those of its change: statuses, issues and updates, pictures."""
    if event in ("status_event", "status_created", "degraded", "restored"):
        return 0
    return 2 if event == "init_event" else 1


class VersionOne:
    """The first version, and a client of it."""

    client = LiveClient
    head = ("state",)

    @staticmethod
    def init_event(board: Board, stream: Stream, now: int) -> Frame:
        return hund.init_event(board, *stream, 0)

    @staticmethod
    def frames(
        before: Board, after: Board, change: Change, stream: Stream, now: int
    ) -> list[Frame]:
        return hund.frames(before, after, change, *stream)


class VersionTwo:
    """The second version, and a client of it."""

    client = LiveClientV2
    head = ("state", "percent_uptime", "incident_free_streak")

    @staticmethod
    def init_event(board: Board, stream: Stream, now: int) -> Frame:
        return hund_v2.init_event(board, hund_v2.View(*stream, now, "https://hub.test"), 0)

    @staticmethod
    def frames(
        before: Board, after: Board, change: Change, stream: Stream, now: int
    ) -> list[Frame]:
        view = hund_v2.View(*stream, now, "https://hub.test")
        return hund_v2.frames(before, after, change, view)


@dataclass
class Watchers:
    """A client on every stream there is of a version; the streams of what is gone are closed."""

    version: type[VersionOne | VersionTwo]
    clients: dict[Stream, LiveClient | LiveClientV2] = field(default_factory=dict)

    def follow(self, before: Board, after: Board, change: Change, now: int) -> None:
        """Give every client its frames, and let newcomers in."""
        for stream in list(self.clients):
            frames = self.version.frames(before, after, change, stream, now)
            if after.picture(*stream) is None:
                assert frames == []
                del self.clients[stream]
            else:
                self._deliver(stream, frames, after, now)
        for stream in streams(after):
            if stream not in self.clients:
                self.clients[stream] = self.version.client()
                first = self.version.init_event(after, stream, now)
                self._deliver(stream, [first], after, now)

    def _deliver(self, stream: Stream, frames: list[Frame], after: Board, now: int) -> None:
        fresh = json.loads(self.version.init_event(after, stream, now).data)
        ranks = [rank(frame.event) for frame in frames]
        assert sorted(ranks) == ranks
        assert sorted(frame.sequence for frame in frames) == [frame.sequence for frame in frames]
        for frame in frames:
            assert not set(b"<>&\n") & set(frame.data)
            data = json.loads(frame.data)
            assert [data[name] for name in self.version.head] == [
                fresh[name] for name in self.version.head
            ]
            self.clients[stream].take(frame.event, data)
        newcomer = self.version.client()
        newcomer.take("init_event", fresh)
        assert self.clients[stream].picture == newcomer.picture


def streams(board: Board) -> list[Stream]:
    """Every stream that can be opened."""
    return [
        (slug, one)
        for slug, shown in board.pages.items()
        for one in (None, *shown.component_ids)
        if board.picture(slug, one)
    ]


components = st.lists(st.sampled_from(COMPONENTS), min_size=1, max_size=3, unique=True).map(tuple)
overrides = st.sampled_from([None, *State])
delays = st.sampled_from([60, 3600, ANNOUNCED_BEFORE, ANNOUNCED_BEFORE + 60])
picks = st.integers(0, 2**16)


class Course(RuleBasedStateMachine):
    """Every way there is to change the world."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.watchers = [Watchers(VersionOne), Watchers(VersionTwo)]

    def do(self, work: Callable[[], object]) -> None:
        """One change. A refused call changes nothing, so that nobody is told anything."""
        try:
            before, change = self.world.commit(work)
        except Refused:
            return
        for watchers in self.watchers:
            watchers.follow(before, self.world.board, change, self.world.now)

    @initialize()
    def begin(self) -> None:
        for name in COMPONENTS[:3]:
            self.do(partial(self.world.add_component, component(name)))
        self.do(lambda: self.world.add_page(page(1, "main", COMPONENTS[:3])))
        self.do(lambda: self.world.add_page(page(2, "inner", COMPONENTS[1:2])))

    def existing(self, wanted: Wanted) -> Wanted:
        return tuple(one for one in wanted if one in self.world.components)

    def pick(self, number: int) -> str:
        ids = list(self.world.issues)
        return ids[number % len(ids)]

    def has_issues(self) -> bool:
        return bool(self.world.issues)

    # Issues

    def create(self, wanted: Wanted, **given: Any) -> None:
        id_ = self.world.new_id()
        new = NewIssue(
            id_,
            "<Title>",
            component_ids=self.existing(wanted),
            body="",
            body_html="<p>b</p>\n",
            **given,
        )
        self.do(lambda: self.world.create(new))

    @rule(
        wanted=components,
        label=st.sampled_from([None, *IssueLabel]),
        override=overrides,
        past=st.booleans(),
    )
    def create_unscheduled(
        self, wanted: Wanted, label: IssueLabel | None, override: State | None, past: bool
    ) -> None:
        times = {"began_at": self.world.now - 9, "ended_at": self.world.now - 3} if past else {}
        self.create(wanted, label=label, state_override=override, **times)

    @rule(wanted=components, override=overrides, delay=delays, length=delays)
    def create_scheduled(
        self, wanted: Wanted, override: State | None, delay: int, length: int
    ) -> None:
        starts_at = self.world.now + delay
        self.create(
            wanted, state_override=override, starts_at=starts_at, ends_at=starts_at + length
        )

    @precondition(has_issues)
    @rule(
        number=picks,
        label=st.sampled_from([None, *UpdateLabel]),
        override=st.one_of(st.just(UNSET), overrides),
    )
    def update(
        self, number: int, label: UpdateLabel | None, override: State | UnsetType | None
    ) -> None:
        id_ = self.world.new_id()
        given = NewUpdate(id_, "u", f"<p>{id_}</p>\n", label, override)
        self.do(lambda: self.world.update(self.pick(number), given))

    @precondition(has_issues)
    @rule(number=picks)
    def cancel(self, number: int) -> None:
        self.do(lambda: self.world.cancel(self.pick(number)))

    @precondition(has_issues)
    @rule(
        number=picks,
        title=st.sampled_from([UNSET, "A", "B"]),
        wanted=st.one_of(components, st.just(UNSET)),
        override=st.one_of(st.just(UNSET), overrides),
    )
    def edit(
        self,
        number: int,
        title: str | UnsetType,
        wanted: Wanted | UnsetType,
        override: State | UnsetType | None,
    ) -> None:
        component_ids = UNSET if wanted is UNSET else self.existing(wanted)
        changes = Changes(title=title, component_ids=component_ids, state_override=override)
        self.do(lambda: self.world.edit(self.pick(number), changes))

    @precondition(has_issues)
    @rule(number=picks, starts_in=st.one_of(delays, st.none()), ends_in=delays)
    def reschedule(self, number: int, starts_in: int | None, ends_in: int) -> None:
        changes = Changes(
            starts_at=UNSET if starts_in is None else self.world.now + starts_in,
            ends_at=self.world.now + ends_in + (starts_in or 0),
        )
        self.do(lambda: self.world.edit(self.pick(number), changes))

    @precondition(has_issues)
    @rule(number=picks)
    def delete_issue(self, number: int) -> None:
        self.do(lambda: self.world.drop_issue(self.pick(number)))

    @rule(seconds=st.one_of(delays, st.just(3 * ANNOUNCED_BEFORE)), together=st.booleans())
    def pass_time(self, seconds: int, together: bool) -> None:
        self.world.now += seconds
        for id_ in list(self.world.issues):
            if together:
                self.do(partial(self.world.take_due_steps, id_))
            else:
                for _ in range(3):
                    self.do(partial(self.world.take_due_step, id_))

    # Pages and components

    @rule(name=st.sampled_from(COMPONENTS), state=st.sampled_from(list(State)))
    def set_state(self, name: str, state: State) -> None:
        if name in self.world.components:
            self.do(lambda: self.world.edit_component(name, manual_state=state))

    @rule(
        name=st.sampled_from(COMPONENTS),
        field=st.sampled_from(["name", "description"]),
        text=st.sampled_from(["", "<b>"]),
    )
    def rename(self, name: str, field: str, text: str) -> None:
        if name in self.world.components:
            self.do(lambda: self.world.edit_component(name, **{field: name + text}))

    @rule(
        slug=st.sampled_from(PAGES),
        wanted=st.lists(st.sampled_from(COMPONENTS), unique=True),
        group=st.sampled_from([None, "Web", "Data"]),
    )
    def place(self, slug: str, wanted: list[str], group: str | None) -> None:
        if slug in self.world.pages:
            self.do(lambda: self.world.place(slug, self.existing(tuple(wanted)), group))

    @rule(slug=st.sampled_from(PAGES), hosts=st.sampled_from([(), ("a.test",)]))
    def move_page(self, slug: str, hosts: tuple[str, ...]) -> None:
        if slug in self.world.pages:
            self.do(lambda: self.world.edit_page(slug, hosts=hosts))

    @rule(name=st.sampled_from(COMPONENTS), state=st.sampled_from(list(State)))
    def add_or_delete_component(self, name: str, state: State) -> None:
        if name not in self.world.components:
            self.do(lambda: self.world.add_component(component(name, state)))
        elif not self.world.in_use(name):
            self.do(lambda: self.world.drop_component(name))

    @rule()
    def add_or_delete_page(self) -> None:
        if "inner" in self.world.pages:
            self.do(lambda: self.world.drop_page("inner"))
        else:
            self.do(lambda: self.world.add_page(page(2, "inner")))

    @invariant()
    def the_board_is_what_a_fresh_start_would_load(self) -> None:
        assert self.world.board == self.world.loaded()

    @invariant()
    def every_change_made_nobody_deaf(self) -> None:
        for watchers in self.watchers:
            assert set(watchers.clients) == set(streams(self.world.board))


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)

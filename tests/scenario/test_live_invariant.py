"""Whoever follows the live API of the real service holds what a newcomer is given.

The same invariant as `tests/wire/test_hund_invariant.py` proves for the pure parts, here with
everything between an HTTP call and a socket: units of work, timers, the log, the board, the feeds.
"""

import json
import tempfile
import threading
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from tests.live_client import LiveClient
from tests.live_client_v2 import LiveClientV2
from tests.running import running
from tests.waiting import eventually

from tocsin.wire import sse

WEEK = 7 * 86_400
STATES = st.sampled_from(["operational", "degraded", "outage"])
OVERRIDES = st.sampled_from([None, "operational", "degraded", "outage"])
PICKS = st.integers(0, 2**16)


def client_for(path: str) -> LiveClient | LiveClientV2:
    """A client of the version that is spoken there."""
    return LiveClientV2() if "/v2/" in path else LiveClient()


class Follower:
    """A client of one live stream, in a thread of its own."""

    def __init__(self, url: str, path: str) -> None:
        self.path = path
        self.held = client_for(path)
        self._stream = httpx.stream("GET", url + path, timeout=None)
        self._thread = threading.Thread(target=self._follow, name=path)
        self._response = self._stream.__enter__()
        self._thread.start()

    def _follow(self) -> None:
        parser = sse.Parser()
        try:
            for piece in self._response.iter_raw():
                for message in parser.feed(piece):
                    self.held.take(message.event, json.loads(message.data))
        except httpx.TransportError:
            pass  # the service has stopped

    def close(self) -> None:
        self._thread.join()
        self._stream.__exit__(None, None, None)


def holds(follower: Follower, expected: dict[str, Any]) -> bool:
    """Whether the follower's picture is the expected one."""
    return follower.held.picture == expected


def newcomer(url: str, path: str) -> dict[str, Any]:
    """The picture that the first event of a new connection gives."""
    client, parser = client_for(path), sse.Parser()
    with httpx.stream("GET", url + path, timeout=30) as response:
        for piece in response.iter_raw():
            for message in parser.feed(piece):
                assert message.event == "init_event"
                client.take(message.event, json.loads(message.data))
                return client.picture
    raise AssertionError("the stream ended before its first event")


class Course(RuleBasedStateMachine):
    """Calls of the API and passing time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        folder = self.closing.enter_context(tempfile.TemporaryDirectory())
        self.service = self.closing.enter_context(running(Path(folder)))
        self.api = self.closing.enter_context(self.service.client())
        self.components = [self.post("components", name=name)["id"] for name in ("API", "Web")]
        self.issues: list[str] = []
        paths = [
            "/live",
            f"/live/{self.components[0]}",
            "/live/v2/status_page",
            f"/live/v2/component/{self.components[1]}",
        ]
        self.followers = [Follower(self.service.url, path) for path in paths]

    def teardown(self) -> None:
        try:
            for follower in self.followers:
                expected = newcomer(self.service.url, follower.path)
                eventually(partial(holds, follower, expected))
        finally:
            self.closing.close()
            for follower in self.followers:
                follower.close()

    def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = self.call("POST", path, **body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def call(self, method: str, path: str, **body: object) -> httpx.Response:
        """One call; it may be refused, but never fail."""
        answer = self.api.request(method, f"/api/v1/{path}", json=body)
        assert answer.status_code < 500, answer.text
        self.everybody_holds_the_same()
        return answer

    def everybody_holds_the_same(self) -> None:
        for follower in getattr(self, "followers", ()):
            expected = newcomer(self.service.url, follower.path)
            eventually(partial(holds, follower, expected))

    def pick(self, number: int) -> str:
        return self.issues[number % len(self.issues)]

    def has_issues(self) -> bool:
        return bool(self.issues)

    def create(self, both: bool, override: str | None, **given: object) -> None:
        concerned = self.components if both else self.components[:1]
        made = self.post(
            "issues", title="<T>", component_ids=concerned, state_override=override, **given
        )
        self.issues.append(made["id"])

    @rule(both=st.booleans(), override=OVERRIDES)
    def create_unscheduled(self, both: bool, override: str | None) -> None:
        self.create(both, override, label="investigating", body="b & b")

    @rule(both=st.booleans(), override=OVERRIDES, delay=st.sampled_from([60, 3600, WEEK + 60]))
    def create_scheduled(self, both: bool, override: str | None, delay: int) -> None:
        starts_at = self.service.clock.now + delay
        self.create(both, override, starts_at=starts_at, ends_at=starts_at + 1800)

    @precondition(has_issues)
    @rule(
        number=PICKS,
        label=st.sampled_from(["investigating", "monitoring", "resolved", "addendum"]),
        override=OVERRIDES,
    )
    def update(self, number: int, label: str, override: str | None) -> None:
        body = {"body": "said", "label": label, "state_override": override}
        self.call("POST", f"issues/{self.pick(number)}/updates", **body)

    @precondition(has_issues)
    @rule(number=PICKS)
    def cancel(self, number: int) -> None:
        self.call("POST", f"issues/{self.pick(number)}/cancel")

    @precondition(has_issues)
    @rule(number=PICKS, title=st.sampled_from(["A", "B"]))
    def edit(self, number: int, title: str) -> None:
        self.call("PATCH", f"issues/{self.pick(number)}", title=title)

    @precondition(has_issues)
    @rule(number=PICKS, later=st.sampled_from([600, WEEK * 2]))
    def reschedule(self, number: int, later: int) -> None:
        ends_at = self.service.clock.now + later
        self.call("PATCH", f"issues/{self.pick(number)}", ends_at=ends_at)

    @precondition(has_issues)
    @rule(number=PICKS)
    def delete(self, number: int) -> None:
        self.call("DELETE", f"issues/{self.issues.pop(number % len(self.issues))}")

    @rule(number=st.integers(0, 1), state=STATES)
    def set_state(self, number: int, state: str) -> None:
        self.call("PUT", f"components/{self.components[number]}/state", state=state)

    @rule(number=st.integers(0, 1), name=st.sampled_from(["API", "<Web>"]))
    def rename(self, number: int, name: str) -> None:
        self.call("PATCH", f"components/{self.components[number]}", name=name)

    @rule(number=st.integers(0, 1), group=st.sampled_from([None, "Web", "Data"]))
    def regroup(self, number: int, group: str | None) -> None:
        self.call("PATCH", f"components/{self.components[number]}", group=group)

    @rule(seconds=st.sampled_from([60, 1800, 3600, WEEK]))
    def pass_time(self, seconds: int) -> None:
        self.service.clock.advance(seconds)


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)

"""What becomes of deliveries to receivers that misbehave, attempt by attempt, for both profiles."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
from tests import misbehaving as habits
from tests.certificates import server_context
from tests.misbehaving import Habit, answers, misbehaving
from tests.running import Running, running
from tests.waiting import SCALE, eventually

LONG_MS: Final = 30_000
SHORT_MS: Final = min(LONG_MS, round(300 * SCALE))

# What an attempt came to: its status and its error.
Outcome = tuple[int | None, str | None]

PROFILES: Final = ("flashduty", "cloudevents")


class Case(NamedTuple):
    """How a receiver behaves, what each attempt comes to, and whether it is made again."""

    name: str
    habit: Habit
    outcome: Outcome
    again: bool
    within_ms: int = LONG_MS


def faulty(error: str, habit: Habit, status: int | None = None, within_ms: int = LONG_MS) -> Case:
    """Whatever goes wrong on the way is tried again."""
    return Case(habit.__name__, habit, (status, error), True, within_ms)


def slow(habit: Habit, status: int | None = None) -> Case:
    """One that is given up."""
    return faulty("timeout", habit, status, SHORT_MS)


def fine(habit: Habit) -> Case:
    """One that is understood all the same."""
    return Case(habit.__name__, habit, (200, None), False)


def status(code: int, *, again: bool = False) -> Case:
    """One that answers so."""
    return Case(str(code), answers(code), (code, None), again)


CASES: Final = (
    *(slow(habits.never_answers), slow(habits.never_reads), slow(habits.slow_headers)),
    *(slow(habits.slow_body, 200), slow(habits.interim_for_ever)),
    *(faulty("eof", habits.resets_unread), faulty("eof", habits.resets_in_headers)),
    *(faulty("eof", habits.resets_in_body, 200), faulty("eof", habits.closes_unanswered)),
    *(faulty("eof", habits.half_closes), faulty("eof", habits.headers_never_end)),
    *(faulty("eof", habits.one_endless_header), faulty("eof", habits.speaks_garbage)),
    *(faulty("eof", habits.falls_short, 200), faulty("eof", habits.closes_at_once)),
    *(status(code) for code in (301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 413, 422)),
    *(status(code, again=True) for code in (408, 425, 429, 500, 502, 503, 504, 599)),
    *(status(code) for code in (200, 201, 202, 204, 206)),
    fine(habits.body_never_ends),
    fine(habits.chunks_never_end),
    fine(habits.continues_first),
    fine(habits.half_closes_after_answer),
    fine(habits.speaks_http_1_0),
    fine(habits.keeps_alive_then_closes),
)

# How long a receiver may ask us to wait, and what comes of it, in seconds: at least, at most, of
# FlashDuty's second attempt and of the other profile's.
WAITS: Final = (
    ("3", (3, 3), (4, 6)),
    ("7", (7, 7), (7, 7)),
    ("0", (0.8, 1.2), (4, 6)),
    ("-7", (0.8, 1.2), (4, 6)),
    ("7.5", (0.8, 1.2), (4, 6)),
    ("soon", (0.8, 1.2), (4, 6)),
    ("99999999999999999999", (3_600, 3_600), (3_600, 3_600)),
    ("Tue, 14 Nov 2023 22:13:30 GMT", (10, 10), (10, 10)),
    ("Tue, 14 Nov 1923 22:13:30 GMT", (0.8, 1.2), (4, 6)),
    ("Tue, 14 Nov 2123 22:13:30 GMT", (3_600, 3_600), (3_600, 3_600)),
)


@dataclass(frozen=True)
class Told:
    """An endpoint of the service, whose receiver behaves as the case says."""

    api: httpx.Client
    case: Case
    profile: str
    endpoint_id: str

    @property
    def delivery(self) -> Any:
        """Its only delivery."""
        path = f"/api/v1/webhooks/{self.endpoint_id}/deliveries"
        (found,) = self.api.get(path).raise_for_status().json()["data"]
        return found

    @property
    def attempts(self) -> list[Any]:
        """Its attempts in their order."""
        path = f"/api/v1/deliveries/{self.delivery['id']}/attempts"
        found: list[Any] = self.api.get(path).raise_for_status().json()["data"]
        return found[::-1]

    @property
    def outcomes(self) -> list[Outcome]:
        """What they came to."""
        return [(one["status"], one["error"]) for one in self.attempts]

    @property
    def ended_ms(self) -> int:
        """When the last of them was over."""
        last = self.attempts[-1]
        ended: int = last["started_at_ms"] + last["duration_ms"]
        return ended

    def has_made(self, attempts: int) -> bool:
        """Whether what so many attempts came to is written down."""
        delivery = self.delivery
        made: int = delivery["attempts"]
        return made >= attempts and delivery["state"] != "sending"


def told(stack: ExitStack, api: httpx.Client, case: Case, profile: str, **wanted: object) -> Told:
    """A new endpoint of this profile."""
    there = stack.enter_context(misbehaving(case.habit))
    return Told(api, case, profile, made(api, there.url, profile, **wanted))


def made(api: httpx.Client, url: str, profile: str, **wanted: object) -> str:
    """The id of an endpoint at this URL."""
    body = {"name": "There", "url": url, "profile": profile, "timeout_ms": LONG_MS, **wanted}
    if profile == "cloudevents":
        body["event_types"] = ["tocsin.incident.new"]
    answer = api.post("/api/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    endpoint_id: str = answer.json()["id"]
    return endpoint_id


def happen(api: httpx.Client) -> None:
    """Something that both profiles are told."""
    body = {"title": "Shop is slow", "incident_severity": "Info"}
    api.post("/api/v1/incidents", json=body).raise_for_status()


def how_it_went(all_told: Iterable[Told]) -> dict[tuple[str, str], tuple[str, list[Outcome]]]:
    """How each delivery stands, by case and profile."""
    return {(one.case.name, one.profile): (one.delivery["state"], one.outcomes) for one in all_told}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Running]:
    """The whole service, which may call receivers on this machine."""
    with running(tmp_path, webhooks={"allow_networks": ["127.0.0.0/8"]}) as service:
        yield service


@pytest.fixture
def api(service: Running) -> Iterator[httpx.Client]:
    """A client that may do everything."""
    with service.client() as api:
        yield api


def expected(one: Told) -> tuple[str, list[Outcome]]:
    """How its delivery stands after all that can be tried within 7 s."""
    code, error = one.case.outcome
    if one.case.again:
        state = "failed" if one.profile == "flashduty" else "pending"
        return state, [one.case.outcome] * 2
    limit = 200 if one.profile == "flashduty" else 299
    arrived = error is None and code in range(200, limit + 1)
    return "delivered" if arrived else "failed", [one.case.outcome]


def test_each_is_tried_as_often_as_it_is_worth(service: Running, api: httpx.Client) -> None:
    with ExitStack() as stack:
        all_told = [
            told(stack, api, case, profile, timeout_ms=case.within_ms)
            for case in CASES
            for profile in PROFILES
        ]
        happen(api)
        for one in all_told:
            eventually(lambda: one.has_made(1))  # noqa: B023
        service.clock.advance(7)
        for one in all_told:
            eventually(lambda: one.has_made(len(expected(one)[1])))  # noqa: B023

        assert how_it_went(all_told) == {
            (one.case.name, one.profile): expected(one) for one in all_told
        }


def test_patience_that_is_asked_for_is_had(api: httpx.Client) -> None:
    with ExitStack() as stack:
        all_told = []
        for asked, *bounds in WAITS:
            case = Case(asked, answers(503, Retry_After=asked), (503, None), True)
            for profile, bound in zip(PROFILES, bounds, strict=True):
                all_told.append((told(stack, api, case, profile), bound))
        happen(api)
        for one, (least, most) in all_told:
            eventually(lambda: one.has_made(1))  # noqa: B023
            wait_s = (one.delivery["next_attempt_ms"] - one.ended_ms) / 1_000
            assert least <= wait_s <= most, one.case.name


def test_one_that_has_recovered_gets_what_it_missed(service: Running, api: httpx.Client) -> None:
    flapping = habits.in_turn(answers(500, Connection="close"), answers(200))
    case = Case("flaps", flapping, (500, None), True)
    with ExitStack() as stack:
        both = [told(stack, api, case, profile) for profile in PROFILES]
        happen(api)
        for one in both:
            eventually(lambda: one.has_made(1))  # noqa: B023
        service.clock.advance(7)
        for one in both:
            eventually(lambda: one.has_made(2))  # noqa: B023
            assert one.outcomes == [(500, None), (200, None)]
            assert one.delivery["state"] == "delivered"


def test_one_that_is_gone_is_told_nothing_more(api: httpx.Client) -> None:
    case = Case("gone", answers(410), (410, None), False)
    with ExitStack() as stack:
        for profile in PROFILES:
            one = told(stack, api, case, profile)
            happen(api)
            eventually(lambda: one.has_made(1))  # noqa: B023
            happen(api)
            assert (one.delivery["state"], one.outcomes) == ("failed", [(410, None)])
            shown = api.get(f"/api/v1/webhooks/{one.endpoint_id}").json()
            assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")


def test_redirects_lead_nowhere(api: httpx.Client) -> None:
    with ExitStack() as stack:
        elsewhere = stack.enter_context(misbehaving(answers(200)))
        cases = [
            Case(location, answers(code, Location=location), (code, None), False)
            for code in (301, 302, 307, 308)
            for location in (elsewhere.url, "/hook")
        ]
        all_told = [told(stack, api, case, profile) for case in cases for profile in PROFILES]
        happen(api)
        for one in all_told:
            eventually(lambda: one.has_made(1))  # noqa: B023
            assert (one.delivery["state"], one.outcomes) == ("failed", [one.case.outcome])
        assert elsewhere.calls == 0


def test_what_cannot_be_reached_is_tried_again(
    service: Running, api: httpx.Client, tmp_path: Path
) -> None:
    all_told: list[Told] = []
    with ExitStack() as stack:
        untrusted = misbehaving(answers(200), server_context(tmp_path))
        plain = misbehaving(habits.greets)
        urls = {
            stack.enter_context(habits.nobody()): "connect",
            stack.enter_context(habits.unreachable()): "timeout",
            stack.enter_context(untrusted).url: "tls",
            stack.enter_context(plain).url.replace("http:", "https:"): "tls",
            "http://nowhere.invalid/hook": "dns",
            "http://[::1]:1/hook": "refused_address",
            "http://10.0.0.1/hook": "refused_address",
        }
        for url, error in urls.items():
            case = Case(url, habits.never_reads, (None, error), True)
            within_ms = SHORT_MS if error == "timeout" else LONG_MS
            for profile in PROFILES:
                of = made(api, url, profile, timeout_ms=within_ms)
                all_told.append(Told(api, case, profile, of))
        happen(api)
        for one in all_told:
            eventually(lambda: one.has_made(1))  # noqa: B023
        service.clock.advance(7)
        for one in all_told:
            eventually(lambda: one.has_made(2))  # noqa: B023
        assert how_it_went(all_told) == {
            (one.case.name, one.profile): expected(one) for one in all_told
        }


def test_a_certificate_that_nobody_vouches_for_is_taken_where_that_is_wanted(
    api: httpx.Client, tmp_path: Path
) -> None:
    case = Case("self-signed", answers(200), (200, None), False)
    with misbehaving(case.habit, server_context(tmp_path)) as there:
        of = made(api, there.url, "flashduty", verify_tls=False)
        one = Told(api, case, "flashduty", of)
        happen(api)
        eventually(lambda: one.has_made(1))
        assert (one.delivery["state"], one.outcomes) == expected(one)

"""What becomes of a delivery after an attempt."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.exchange import Exchange, Fault, Request, Response
from tocsin.model.retrying import SCHEDULES, Verdict, arrived, follows

# Midnight of the first day of 2000.
AT_MS = 946_684_800_000
REQUEST = Request("https://there.example", {}, b"{}")
DELIVERED = Verdict(State.DELIVERED)

CLOUDEVENTS = Endpoint(
    id="there",
    name="There",
    kind=Kind.PUSH,
    url=REQUEST.url,
    profile=Profile.CLOUDEVENTS,
    owner=1,
    secret="whsec_",
    timeout_ms=15_000,
    max_attempts=11,
    created_at=0,
)
FLASHDUTY = replace(CLOUDEVENTS, profile=Profile.FLASHDUTY, timeout_ms=2_000, max_attempts=2)
BOTH = [CLOUDEVENTS, FLASHDUTY]


def answered(status: int, **headers: str) -> Exchange:
    return Exchange(AT_MS - 50, 50, REQUEST, Response(status, headers))


def failed_for_good(reason: str) -> Verdict:
    return Verdict(State.FAILED, reason=reason)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_cloudevents_arrive_with_any_2xx(status: int) -> None:
    assert follows(CLOUDEVENTS, 1, answered(status), 0.5) == DELIVERED


def test_flashdutys_arrive_with_200() -> None:
    assert follows(FLASHDUTY, 2, answered(200), 0.5) == DELIVERED


@pytest.mark.parametrize("status", [201, 202, 204, 299])
def test_another_2xx_is_no_success_for_flashduty_and_not_retried(status: int) -> None:
    verdict = follows(FLASHDUTY, 1, answered(status), 0.5)
    assert verdict == failed_for_good(f"answered {status}")


@pytest.mark.parametrize("endpoint", BOTH)
@pytest.mark.parametrize("status", [100, 301, 302, 307, 308, 400, 401, 403, 404, 409, 413, 600])
def test_what_the_receiver_will_not_have_is_not_retried(endpoint: Endpoint, status: int) -> None:
    verdict = follows(endpoint, 1, answered(status), 0.5)
    assert verdict == failed_for_good(f"answered {status}")


@pytest.mark.parametrize("endpoint", BOTH)
def test_who_is_gone_wants_no_more(endpoint: Endpoint) -> None:
    verdict = follows(endpoint, 1, answered(410), 0.5)
    assert verdict == Verdict(State.FAILED, reason="answered 410", gone=True)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_be_better_later_is_retried(status: int) -> None:
    reason = f"answered {status}"
    assert follows(CLOUDEVENTS, 1, answered(status), 0.5) == Verdict(State.PENDING, 5_000, reason)
    assert follows(FLASHDUTY, 1, answered(status), 0.5) == Verdict(State.PENDING, 1_000, reason)


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_retried(fault: Fault) -> None:
    nothing = Exchange(AT_MS, 7, REQUEST, fault=fault)
    assert follows(CLOUDEVENTS, 1, nothing, 0.5) == Verdict(State.PENDING, 5_000, fault)
    assert follows(FLASHDUTY, 2, nothing, 0.5) == failed_for_good(fault)


@pytest.mark.parametrize("status", [200, 404, 410])
def test_an_answer_that_broke_off_is_none(status: int) -> None:
    broken = replace(answered(status), fault=Fault.EOF)
    assert follows(CLOUDEVENTS, 1, broken, 0.5) == Verdict(State.PENDING, 5_000, "eof")


def test_retries_of_cloudevents_take_three_days() -> None:
    verdicts = [follows(CLOUDEVENTS, tries, answered(503), 0.5) for tries in range(1, 12)]
    assert [one.wait_ms // 1_000 for one in verdicts[:-1]] == [
        *(5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200, 86_400, 108_000)
    ]
    assert verdicts[-1] == failed_for_good("answered 503")


def test_flashdutys_are_retried_once_unless_the_owner_wants_more() -> None:
    assert follows(FLASHDUTY, 2, answered(503), 0.5).state is State.FAILED
    more = replace(FLASHDUTY, max_attempts=4)
    waits = [follows(more, tries, answered(503), 0.5).wait_ms for tries in range(1, 4)]
    assert waits == [1_000, 5_000, 30_000]
    assert follows(more, 4, answered(503), 0.5).state is State.FAILED


def test_beyond_the_schedule_the_last_wait_comes_again() -> None:
    stubborn = replace(CLOUDEVENTS, max_attempts=20)
    waits = [follows(stubborn, tries, answered(503), 0.5).wait_ms for tries in range(10, 20)]
    assert waits == [108_000_000] * 10
    assert follows(stubborn, 20, answered(503), 0.5).state is State.FAILED


def test_one_attempt_is_none_more() -> None:
    once = replace(CLOUDEVENTS, max_attempts=1)
    assert follows(once, 1, answered(503), 0.5) == failed_for_good("answered 503")


@given(st.sampled_from(BOTH), st.floats(0, 1))
def test_waits_are_spread_by_a_fifth(endpoint: Endpoint, chance: float) -> None:
    wait_ms = follows(endpoint, 1, answered(503), chance).wait_ms
    planned_ms = SCHEDULES[endpoint.profile][0] * 1_000
    assert 0.8 * planned_ms - 1 <= wait_ms <= 1.2 * planned_ms + 1


@pytest.mark.parametrize(
    ("asked", "wait_ms"),
    [
        ("2", 5_000),
        ("60", 60_000),
        ("86400", 3_600_000),
        ("Sat, 01 Jan 2000 00:01:00 GMT", 60_000),
        ("Fri, 31 Dec 1999 23:00:00 GMT", 5_000),
        ("tomorrow", 5_000),
    ],
)
def test_a_receiver_may_ask_for_a_longer_wait_but_not_a_shorter(asked: str, wait_ms: int) -> None:
    busy = answered(429, **{"retry-after": asked})
    assert follows(CLOUDEVENTS, 1, busy, 0.5).wait_ms == wait_ms


@pytest.mark.parametrize(("status", "there"), [(200, BOTH), (202, [CLOUDEVENTS]), (302, [])])
def test_what_counts_as_arrived_is_for_the_profile_to_say(
    status: int, there: list[Endpoint]
) -> None:
    assert [one for one in BOTH if arrived(one.profile, answered(status))] == there

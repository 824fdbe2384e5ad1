"""The health of endpoints."""

from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.health import (
    FAILURES_LIMIT,
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    PATIENCE_MS,
    QUIET_MS,
    Failed,
    Health,
    State,
    allowance,
    failed,
    reset,
    state,
    succeeded,
)
from tocsin.model.trying import WEBHOOK

T = 1_700_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PAUSED = Health(
    failing_since_ms=T - MINUTE, last_failure_ms=T, paused_until_ms=T + FIRST_PAUSE_MS, pauses=1
)


def after_failures(health: Health, *times: int) -> Health:
    for at_ms in times:
        health = failed(health, at_ms - 10, at_ms).health
    return health


def test_the_first_failure_is_remembered_until_a_success() -> None:
    failing = after_failures(Health(), T, T + 5)
    assert failing == Health(failures=(T, T + 5), failing_since_ms=T, last_failure_ms=T + 5)
    assert succeeded(failing, T + 9) == Health(last_success_ms=T + 9, last_failure_ms=T + 5)


def test_ten_failures_in_a_row_within_five_minutes_make_a_pause() -> None:
    times = [T + 30_000 * i for i in range(FAILURES_LIMIT)]
    nearly = after_failures(Health(), *times[:-1])
    assert nearly.pauses == 0
    paused = after_failures(nearly, times[-1])
    assert paused.paused_until_ms == times[-1] + FIRST_PAUSE_MS
    assert (paused.pauses, paused.failures) == (1, ())


def test_failures_that_are_far_apart_make_none() -> None:
    slow = after_failures(Health(), *(T + 40_000 * i for i in range(30)))
    assert slow.pauses == 0
    assert len(slow.failures) < FAILURES_LIMIT


def test_pauses_double_up_to_an_hour() -> None:
    health, lengths = PAUSED, []
    for _ in range(40):
        began = health.paused_until_ms
        health = failed(health, began, began + 10).health
        lengths.append((health.paused_until_ms - began - 10) // 1_000)
    assert lengths[:8] == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    assert set(lengths[7:]) == {3_600}


def test_what_began_before_a_pause_does_not_lengthen_it() -> None:
    late = failed(PAUSED, T - 1_000, PAUSED.paused_until_ms + 1_000).health
    assert late == replace(PAUSED, last_failure_ms=PAUSED.paused_until_ms + 1_000)


def test_a_success_ends_a_pause() -> None:
    assert allowance(succeeded(PAUSED, T + 5), T + 6, 8, 0) == 8


def test_after_a_pause_one_request_at_a_time_tries_the_ground() -> None:
    over = PAUSED.paused_until_ms
    assert allowance(PAUSED, over - 1, 8, 0) == 0
    assert allowance(PAUSED, over, 8, 0) == 1
    assert allowance(PAUSED, over, 8, 1) == 0
    assert allowance(PAUSED, over, 0, 0) == 0


def test_a_healthy_one_gets_all_there_is_room_for() -> None:
    assert allowance(Health(), T, 8, 3) == 8
    assert allowance(after_failures(Health(), T), T, 8, 3) == 8


def test_a_clock_put_back_does_not_leave_it_paused_for_long() -> None:
    assert allowance(PAUSED, T - DAY, 8, 0) == 1
    assert failed(PAUSED, T - DAY, T - DAY + 10).health.paused_until_ms == T - DAY + 10 + 60_000


@pytest.mark.parametrize(
    ("warned", "passed", "warn", "disable"),
    [
        (0, 0, None, False),
        (0, PATIENCE_MS // 2 - 1, None, False),
        (0, PATIENCE_MS // 2, 50, False),
        (50, PATIENCE_MS * 9 // 10 - 1, None, False),
        (50, PATIENCE_MS * 9 // 10, 90, False),
        (90, PATIENCE_MS - 1, None, False),
        (90, PATIENCE_MS, None, True),
        (90, 3 * PATIENCE_MS, None, True),
        (0, 3 * PATIENCE_MS, 90, False),
        (50, 3 * PATIENCE_MS, 90, False),
        (0, -DAY, None, False),
    ],
)
def test_owners_are_warned_before_an_endpoint_is_disabled(
    warned: int, passed: int, warn: int | None, disable: bool
) -> None:
    health = Health(failing_since_ms=T, warned=warned, last_failure_ms=T + max(passed - DAY, 0))
    after = failed(health, T + passed - 10, T + passed)
    assert (after.warn, after.disable) == (warn, disable)
    assert after.health.warned == (warn or warned)


def test_who_was_left_alone_for_two_days_begins_to_fail_anew() -> None:
    worn = replace(PAUSED, failing_since_ms=T - 6 * DAY, warned=90, last_success_ms=T - 7 * DAY)
    at_ms = T + QUIET_MS
    assert failed(worn, at_ms - 10, at_ms).disable

    after = failed(worn, at_ms, at_ms + 1)
    assert (after.warn, after.disable) == (None, False)
    anew = Health(failures=(at_ms + 1,), failing_since_ms=at_ms + 1, last_failure_ms=at_ms + 1)
    assert after.health == replace(anew, last_success_ms=T - 7 * DAY)


def test_a_retry_is_no_new_beginning() -> None:
    """The longest wait for one, and a pause after it, are shorter than what counts as quiet."""
    assert max(WEBHOOK) * 1.2 * 1_000 + LONGEST_PAUSE_MS < QUIET_MS


def test_one_that_is_enabled_again_starts_anew() -> None:
    worn = replace(PAUSED, warned=90, last_success_ms=T - DAY)
    assert reset(worn) == Health(last_success_ms=T - DAY, last_failure_ms=T)


def test_how_it_does_in_one_word() -> None:
    assert state(Health(), True, T) is State.HEALTHY
    assert state(after_failures(Health(), T), True, T) is State.FAILING
    assert state(PAUSED, True, T) is State.PAUSED
    assert state(PAUSED, True, PAUSED.paused_until_ms) is State.FAILING
    assert state(PAUSED, False, T) is State.DISABLED


# What attempts come to: how long each waits to begin, how long it takes, whether it succeeds. They
# come in spells, so that some are bursts and some go on for days.
Tries = list[tuple[int, int, bool]]
WAITS = [7, MINUTE, 20 * MINUTE, 7 * HOUR, DAY, 2 * DAY, 3 * DAY]
SPELLS = [
    [one] * number
    for one in product(WAITS, [0, MINUTE], [False, False, False, True])
    for number in (1, 2, 12)
]
TRIES = st.lists(st.sampled_from(SPELLS), max_size=8).map(lambda spells: sum(spells, Tries()))


def lived(tries: Tries) -> list[tuple[Health, int, Failed | None]]:
    """A life: after each tried the health, the time, and what followed if it failed."""
    health, now, life = Health(), T, list[tuple[Health, int, Failed | None]]()
    for wait_ms, takes_ms, succeeds in tries:
        now += wait_ms + takes_ms
        after = None if succeeds else failed(health, now - takes_ms, now)
        health = after.health if after else succeeded(health, now)
        life.append((health, now, after))
    return life


@given(TRIES)
def test_a_pause_is_at_most_an_hour_and_ends_in_one_request(tries: Tries) -> None:
    for health, now, _ in lived(tries):
        assert health.paused_until_ms <= now + LONGEST_PAUSE_MS
        assert allowance(health, now + LONGEST_PAUSE_MS, 8, 0) in (1, 8)


@given(st.lists(st.sampled_from([*product([0, 7, 999], range(10))]), max_size=30))
def test_who_succeeds_once_in_ten_is_never_paused(spans: list[tuple[int, int]]) -> None:
    tries: Tries = []
    for wait_ms, failures in spans:
        tries += [*[(wait_ms, 1, False)] * failures, (wait_ms, 1, True)]
    for health, now, after in lived(tries):
        assert allowance(health, now, 8, 0) == 8
        assert after is None or not after.disable


@given(TRIES)
def test_who_is_disabled_was_tried_all_along_and_failed(tries: Tries) -> None:
    life = lived(tries)
    for at, (_, now, after) in enumerate(life):
        if after is None or not after.disable:
            continue
        before = [(then, one) for _, then, one in life[: at + 1] if then >= now - PATIENCE_MS]
        times = [now - PATIENCE_MS, *(then for then, _ in before)]
        assert all(one is not None for _, one in before)
        assert max(later - then for then, later in pairwise(times)) <= QUIET_MS


@given(TRIES)
def test_each_warning_comes_once_between_successes_and_before_the_end(tries: Tries) -> None:
    warnings: list[int] = []
    for _, now, after in lived(tries):
        if after is None:
            warnings = []
            continue
        assert not (after.disable and 90 not in warnings)
        if after.health.failing_since_ms == now:  # the first, or the first for long
            warnings = []
        warnings += [after.warn] if after.warn else []
        assert warnings in ([], [50], [90], [50, 90])

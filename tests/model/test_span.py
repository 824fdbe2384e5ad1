"""The times of an issue."""

import pytest

from tocsin.model import span
from tocsin.model.errors import Refused

NOW = 1_000


def test_no_times_are_fine() -> None:
    span.check_planned(None, None, NOW)
    span.check_past(None, None, NOW)


def test_a_plan_begins_in_the_future_and_ends_after_it_begins() -> None:
    span.check_planned(NOW + 1, NOW + 2, NOW)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "field"),
    [
        (NOW + 1, None, "ends_at"),
        (None, NOW + 1, "starts_at"),
        (NOW + 1, NOW + 1, "ends_at"),
        (NOW + 2, NOW + 1, "ends_at"),
        (NOW, NOW + 1, "starts_at"),
    ],
)
def test_any_other_plan_is_refused(starts_at: int | None, ends_at: int | None, field: str) -> None:
    with pytest.raises(Refused) as refused:
        span.check_planned(starts_at, ends_at, NOW)
    assert refused.value.errors[0].path == field


def test_a_past_may_end_now_and_be_a_moment() -> None:
    span.check_past(NOW, NOW, NOW)


@pytest.mark.parametrize(
    ("began_at", "ended_at", "field"),
    [
        (NOW - 1, None, "ended_at"),
        (None, NOW - 1, "began_at"),
        (NOW - 1, NOW - 2, "ended_at"),
        (NOW - 1, NOW + 1, "ended_at"),
    ],
)
def test_any_other_past_is_refused(began_at: int | None, ended_at: int | None, field: str) -> None:
    with pytest.raises(Refused) as refused:
        span.check_past(began_at, ended_at, NOW)
    assert refused.value.errors[0].path == field


def test_a_span_is_told_in_utc() -> None:
    told = span.told(1_466_031_653, 253_402_300_799)
    assert told == "2016-06-15 23:00:53 UTC to 9999-12-31 23:59:59 UTC"

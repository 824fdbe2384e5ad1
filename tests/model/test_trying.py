"""What follows from one try."""

import pytest

from tocsin.model.exchange import Response
from tocsin.model.trying import MAIL, WEBHOOK, Result, Tried, answered, wait_s

FAILED = Tried(Result.FAILED)
# One minute before midnight, on the last day of 1999.
AT = 946_684_740


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Result.DELIVERED),
        (204, Result.DELIVERED),
        (299, Result.DELIVERED),
        (301, Result.REFUSED),
        (400, Result.REFUSED),
        (401, Result.REFUSED),
        (404, Result.REFUSED),
        (408, Result.FAILED),
        (410, Result.UNWANTED),
        (425, Result.FAILED),
        (429, Result.FAILED),
        (500, Result.FAILED),
        (503, Result.FAILED),
        (599, Result.FAILED),
        (600, Result.REFUSED),
    ],
)
def test_what_a_status_means(status: int, result: Result) -> None:
    assert answered(Response(status), AT).result is result


def test_tries_follow_the_schedule_and_then_end() -> None:
    waits = [wait_s(FAILED, tries, WEBHOOK, 0.5) for tries in range(1, len(WEBHOOK) + 2)]
    assert waits == [*WEBHOOK, None]
    assert sum(MAIL) >= 47 * 3600
    assert sum(WEBHOOK) >= 76 * 3600


def test_waits_are_spread_by_a_fifth() -> None:
    assert wait_s(FAILED, 1, (100,), 0.0) == 80
    assert wait_s(FAILED, 1, (100,), 1.0) == 120


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("50", 100),
        ("1000", 1000),
        ("0", 100),
        ("999999999999999999999", 3600),
        ("-5", 100),
        ("1.5", 100),
        ("\u0664", 100),
        ("", 100),
        ("Sat, 01 Jan 2000 00:09:00 GMT", 600),
        ("Saturday, 01-Jan-00 00:09:00 GMT", 600),
        ("Sat Jan  1 00:09:00 2000", 600),
        ("Sat, 01 Jan 2000 09:00:00 GMT", 3600),
        ("Fri, 31 Dec 1999 23:00:00 GMT", 100),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 100),
    ],
)
def test_a_receiver_may_ask_for_more_time_up_to_an_hour(asked: str, waited: int) -> None:
    busy = Response(503, {"retry-after": asked})
    assert wait_s(answered(busy, AT), 1, (100,), 0.5) == waited


def test_a_receiver_need_not_ask_for_time() -> None:
    assert answered(Response(503), AT) == Tried(Result.FAILED, "answered 503")

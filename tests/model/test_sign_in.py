"""When failures block, and when they are forgotten."""

from tocsin.model.sign_in import Failures, Limit, failed

LIMIT = Limit(max_failures=3, block_s=3_600, forget_s=600)


def fail(times: int, now: int = 0, limit: Limit = LIMIT) -> Failures:
    """What is known after so many failures at once."""
    known = failed(None, now, limit)
    for _ in range(times - 1):
        known = failed(known, now, limit)
    return known


def test_the_last_failure_allowed_blocks() -> None:
    assert fail(2, now=100) == Failures(2, 100)
    assert fail(3, now=100) == Failures(3, 100, 3_700)


def test_a_block_ends() -> None:
    blocked = fail(3, now=100)
    assert [blocked.wait_s(now) for now in (100, 3_699, 3_700, 9_999)] == [3_600, 1, 0, 0]
    assert fail(2).wait_s(0) == 0


def test_failures_are_forgotten_some_time_after_the_last() -> None:
    assert failed(Failures(2, 100), 699, LIMIT) == Failures(3, 699, 4_299)
    assert failed(Failures(2, 100), 700, LIMIT) == Failures(1, 700)


def test_counting_begins_anew_after_a_block() -> None:
    briefly = Limit(max_failures=3, block_s=10, forget_s=600)
    assert failed(fail(3, 100, briefly), 110, briefly) == Failures(1, 110)


def test_a_failure_while_blocked_changes_nothing() -> None:
    blocked = fail(3, now=100)
    assert failed(blocked, 3_699, LIMIT) == blocked


def test_without_a_limit_nobody_is_blocked() -> None:
    assert fail(1_000, limit=Limit(0, 3_600, 600)) == Failures(1_000, 0)
    assert fail(1, limit=Limit(1, 60, 600)) == Failures(1, 0, 60)

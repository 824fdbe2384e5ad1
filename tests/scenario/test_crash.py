"""A server killed at random moments loses nothing it acknowledged (`bench/crash.py`, in short)."""

import sys

import pytest
from bench.crash import crash
from bench.witness import History, has_all, violations

ANYBODY = frozenset({"p"})


@pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8 on loopback")
def test_what_was_acknowledged_survives_every_kill_and_reaches_every_reader_once_in_order() -> None:
    outcome = crash(rounds=5, core=None)

    assert outcome.violations == []
    assert outcome.kills == 5
    assert outcome.acknowledged


def history(*events: tuple[int, int]) -> History:
    told = History("r", ANYBODY, dense=True)
    for sequence, count in events:
        told.event(sequence, ("p", count))
    return told


def test_the_witness_accepts_events_once_in_order() -> None:
    assert violations(history((1, 1), (2, 2)), {("p", 1): 1, ("p", 2): 2}) == []


def test_the_witness_accepts_an_event_that_was_never_acknowledged() -> None:
    assert violations(history((1, 1), (2, 2)), {("p", 2): 2}) == []


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (history((1, 1), (1, 1)), "was told 1 after 1"),
        (history((1, 1), (2, 1)), "twice"),
        (history((1, 1), (3, 2)), "was told 3 right after 1"),
        (history((1, 2), (2, 1)), "after 2"),
        (history((2, 1)), "was told 2 right after 0"),
    ],
)
def test_the_witness_sees_repeated_missing_and_disordered_events(told: History, what: str) -> None:
    assert any(what in violation for violation in violations(told, {}))


def test_the_witness_sees_an_acknowledged_event_that_never_came() -> None:
    told = history((1, 1))

    assert not has_all(told, {("p", 2): 2})
    assert violations(told, {("p", 2): 2}) == ["r never got ('p', 2), acknowledged at 2"]


def test_the_witness_sees_an_event_elsewhere_than_acknowledged() -> None:
    assert violations(history((1, 1)), {("p", 1): 7}) == ["r got ('p', 1) at 1, acknowledged at 7"]


def test_the_witness_sees_a_stream_that_could_not_be_resumed() -> None:
    told = history()
    told.verdict("gap")

    assert violations(told, {}) == ["r was answered `gap`"]

"""The dead man's switch."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import heartbeat
from tocsin.model.errors import Refused
from tocsin.model.heartbeat import Heartbeat
from tocsin.model.severity import Status

BEATING = Heartbeat("backup", 60, 1_000_000)


def test_silence_longer_than_twice_what_it_should_be_is_critical() -> None:
    assert BEATING.due_ms == 1_120_000
    assert BEATING.look(1_120_000) == (BEATING, None)
    silent, event = BEATING.look(1_120_001)
    assert event is not None
    assert (event.key, event.status, event.time) == ("heartbeat/backup", Status.CRITICAL, 1_120)
    assert (event.title, event.started_at) == ("No heartbeat from backup", 1_000)
    assert event.labels == {"heartbeat": "backup"}
    assert "every 60 s" in event.description
    assert silent.silent_ms == 1_120_001


def test_silence_is_told_once() -> None:
    silent, _ = BEATING.look(2_000_000)
    assert silent.look(3_000_000) == (silent, None)


def test_the_next_beat_recovers() -> None:
    silent, _ = BEATING.look(2_000_000)
    beating, event = silent.beat(30, 2_500_000)
    assert beating == Heartbeat("backup", 30, 2_500_000)
    assert event is not None
    assert (event.key, event.status, event.time) == ("heartbeat/backup", Status.OK, 2_500)
    assert beating.beat(30, 2_600_000) == (Heartbeat("backup", 30, 2_600_000), None)


def test_a_clock_that_was_put_back_changes_no_order() -> None:
    assert BEATING.beat(60, 900_000) == (BEATING, None)
    silent, _ = BEATING.look(2_000_000)
    _, event = silent.beat(60, 1_500_000)
    assert event is not None
    assert event.time == 2_000


@pytest.mark.parametrize("name", ["a", "db-1:nightly_backup.v2", "x" * 128])
def test_what_can_be_a_name(name: str) -> None:
    heartbeat.check_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "a\n", "x" * 129])
def test_what_can_be_no_name(name: str) -> None:
    with pytest.raises(Refused, match=r"^name: must be"):
        heartbeat.check_name(name)


@pytest.mark.parametrize(("text", "every"), [("1", 1), ("060", 60), ("2678400", 2_678_400)])
def test_how_often_it_should_beat(text: str, every: int) -> None:
    assert heartbeat.parse_every(text) == every


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1e3", "2678401", "9" * 5000, "٣", "60s"])
def test_how_often_it_cannot_beat(text: str) -> None:
    with pytest.raises(Refused, match=r"^every: must be seconds, 1 to 2,678,400"):
        heartbeat.parse_every(text)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000_000))))
def test_alarms_and_recoveries_take_turns_in_order(steps: list[tuple[bool, int]]) -> None:
    beating, told = BEATING, []
    for beats, now_ms in steps:
        beating, event = beating.beat(60, now_ms) if beats else beating.look(now_ms)
        told += [event] if event else []
    assert [one.status for one in told] == [Status.CRITICAL, Status.OK] * (len(told) // 2) + (
        [Status.CRITICAL] if len(told) % 2 else []
    )
    assert [one.time for one in told] == sorted(one.time for one in told)
    assert all(one.started_at <= one.time for one in told)

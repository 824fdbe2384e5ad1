"""Silences."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.model.refused import refused_path

from tocsin.model import silence
from tocsin.model.matcher import Condition, Operator
from tocsin.model.silence import Once, Silence, Weekly

NOW = 1_700_000_000
FILTER = ((Condition("labels.host", Operator.IN, ("db*",)),),)
FACTS = {"labels.host": "db1"}
BERLIN = ZoneInfo("Europe/Berlin")

NIGHTS = Weekly((5, 7), "22:00", "06:00")  # Friday and Sunday
NOONS = Weekly((1,), "12:00", "13:00")


def at(text: str) -> int:
    """A moment by the clocks of Berlin, in November 2023: the 17th is a Friday."""
    return int(datetime.fromisoformat(f"2023-11-{text}").replace(tzinfo=BERLIN).timestamp())


@pytest.mark.parametrize(
    ("window", "moments", "others"),
    [
        (NIGHTS, ["17T22:00", "17T23:59", "18T00:00", "18T05:59:59", "20T05:00"], []),
        (NIGHTS, [], ["17T21:59", "18T06:00", "18T22:00", "19T05:00", "17T05:00"]),
        (NOONS, ["20T12:00", "20T12:59:59"], ["20T11:59", "20T13:00", "21T12:30"]),
        (Weekly((6,), "08:00", "08:00"), ["18T08:00", "19T07:59"], ["19T08:00", "18T07:59"]),
        (Weekly((6,), "20:00", "00:00"), ["18T23:59"], ["19T00:00"]),
    ],
)
def test_a_weekly_window_is_by_the_channels_clocks(
    window: Weekly, moments: list[str], others: list[str]
) -> None:
    assert [text for text in moments if not window.covers(at(text), BERLIN)] == []
    assert [text for text in others if window.covers(at(text), BERLIN)] == []


@pytest.mark.parametrize(
    ("window", "moment", "end"),
    [
        (NIGHTS, "17T22:00", "18T06:00"),
        (NIGHTS, "18T05:59", "18T06:00"),
        (NOONS, "20T12:30", "20T13:00"),
        (Weekly((6,), "08:00", "08:00"), "18T08:00", "19T08:00"),
        (Weekly((6,), "08:00", "08:00"), "19T07:59", "19T08:00"),
        (Weekly((6,), "20:00", "00:00"), "18T23:59", "19T00:00"),
    ],
)
def test_a_weekly_window_ends(window: Weekly, moment: str, end: str) -> None:
    assert window.ends(at(moment), BERLIN) == at(end)


def test_a_window_once_has_its_begin_but_not_its_end() -> None:
    window = Once(NOW, NOW + 60)
    assert [window.covers(NOW + after, UTC) for after in (-1, 0, 59, 60)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_silence_is_for_what_its_filter_is_for_while_it_lasts() -> None:
    quiet = Silence("Backup", FILTER, Once(NOW, NOW + 60))
    assert silence.silences(quiet, FACTS, NOW, UTC)
    assert not silence.silences(quiet, FACTS, NOW + 60, UTC)
    assert not silence.silences(quiet, {"labels.host": "web1"}, NOW, UTC)


@pytest.mark.parametrize(
    ("window", "path"),
    [
        (Once(NOW, NOW), "ends_at"),
        (Weekly((), "08:00", "09:00"), "days"),
        (Weekly((0,), "08:00", "09:00"), "days"),
        (Weekly((8,), "08:00", "09:00"), "days"),
        (Weekly((1,), "8:00", "09:00"), "from_time"),
        (Weekly((1,), "08:00", "24:00"), "to_time"),
    ],
)
def test_a_window_that_is_none_is_refused(window: Once | Weekly, path: str) -> None:
    wrong = Silence("x", FILTER, window)
    assert refused_path(lambda: silence.check(wrong, "silences.0")) == f"silences.0.window.{path}"


def test_a_filter_that_makes_no_sense_is_refused() -> None:
    wrong = Silence("x", ((),), NIGHTS)
    assert refused_path(lambda: silence.check(wrong, "silences.0")) == "silences.0.filter.0"
    for window in (NIGHTS, Once(NOW, NOW + 1)):
        silence.check(Silence("x", (), window), "silences.0")

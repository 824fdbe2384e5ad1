"""Where a reader goes on."""

import pytest

from tocsin.model.errors import Refused
from tocsin.model.position import Position
from tocsin.model.resume import (
    Anchor,
    Moment,
    Outcome,
    Verdict,
    parse_event_id,
    parse_since,
    verdict,
)

HEAD, FIRST = 10, 4  # 1 to 3 were removed by retention


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("earliest", Anchor.EARLIEST),
        ("latest", Anchor.LATEST),
        ("k3-0", Position("k3", 0)),
        ("k3-41", Position("k3", 41)),
        ("1970-01-01T00:00:01.5Z", Moment(1_500)),
        ("1970-01-01T02:00:00+02:00", Moment(0)),
        ("1969-12-31T23:59:59Z", Moment(-1_000)),
    ],
)
def test_since_is_an_anchor_a_position_or_a_time(
    text: str, asked: Anchor | Position | Moment
) -> None:
    assert parse_since(text) == asked


@pytest.mark.parametrize(
    "text",
    ["", "foreign", "LATEST", "k3", "k3-", "k3-01", "12", "2026-01-01", "2026-01-01T00:00:00"],
)
def test_a_since_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_since(text)
    assert refused.value.errors[0].path == "since"


def test_an_event_id_that_is_not_ours_is_foreign() -> None:
    assert parse_event_id("k3-41") == Position("k3", 41)
    assert parse_event_id("earliest") is Anchor.FOREIGN


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Anchor.LATEST, Verdict(Outcome.LIVE, HEAD, 0, FIRST)),
        (Anchor.EARLIEST, Verdict(Outcome.RESUMED, FIRST - 1, 0, FIRST)),
        (Anchor.FOREIGN, Verdict(Outcome.RESET, FIRST - 1, None, FIRST)),
        (Position("e", 7), Verdict(Outcome.RESUMED, 7, 0, FIRST)),
        (Position("e", HEAD), Verdict(Outcome.RESUMED, HEAD, 0, FIRST)),
        (Position("e", FIRST - 1), Verdict(Outcome.RESUMED, FIRST - 1, 0, FIRST)),
        (Position("e", 1), Verdict(Outcome.GAP, FIRST - 1, 2, FIRST)),
        (Position("e", HEAD + 1), Verdict(Outcome.RESET, FIRST - 1, None, FIRST)),
        (Position("f", 7), Verdict(Outcome.RESET, FIRST - 1, None, FIRST)),
    ],
)
def test_the_verdict_says_what_follows_and_what_is_missing(
    asked: Position | Anchor, expected: Verdict
) -> None:
    assert verdict(asked, "e", HEAD, FIRST) == expected


def test_an_empty_log_has_everything_to_come() -> None:
    assert verdict(Position("e", 0), "e", 0, 1) == Verdict(Outcome.RESUMED, 0, 0, 1)
    assert verdict(Anchor.EARLIEST, "e", 0, 1) == Verdict(Outcome.RESUMED, 0, 0, 1)


def test_a_log_that_retention_emptied_has_a_gap() -> None:
    assert verdict(Position("e", 8), "e", 10, 11) == Verdict(Outcome.GAP, 10, 2, 11)

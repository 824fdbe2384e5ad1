"""Which run a request for an operation's stream is about, and from where on."""

import pytest

from tocsin.model.inbox import Follow, Log, Place, Wait, Without, next_or_open, one_run, ticketed
from tocsin.model.operation import Outcome, Run

LOG = Log("abc", 50)

# Opened at 10, told at 12 and 15; the closed one ended at 20.
OPEN = Run(number=2, opened_at=1, opened=10, messages=2, newest=15)
CLOSED = Run(
    number=2,
    opened_at=1,
    opened=10,
    messages=2,
    newest=15,
    outcome=Outcome.SUCCESS,
    closed_at=2,
    closed=20,
)
SILENT = Run(number=1, opened_at=1, opened=10, outcome=Outcome.ERROR, closed_at=2, closed=11)

NO_POSITION = ("never", "12", "abc-", "xyz-12", "abc-51")


@pytest.mark.parametrize("seen", ["", "abc-30", *NO_POSITION])
def test_an_operation_that_was_never_opened_is_waited_for(seen: str) -> None:
    assert next_or_open(None, seen, LOG) == Wait(50)


@pytest.mark.parametrize(
    ("seen", "after"),
    [("", 10), ("abc-12", 12), ("abc-15", 15), ("abc-40", 40), ("abc-9", 10)]
    + [(seen, 10) for seen in NO_POSITION],
)
def test_an_open_run_is_followed_from_what_was_seen_of_it_or_its_beginning(
    seen: str, after: int
) -> None:
    assert next_or_open(OPEN, seen, LOG) == Follow(OPEN, after)
    assert one_run(OPEN, seen, LOG) == Follow(OPEN, after)
    assert ticketed(OPEN, 9, seen, LOG) == Follow(OPEN, after)


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ("", Wait(50)),
        ("abc-12", Follow(CLOSED, 12)),
        ("abc-9", Follow(CLOSED, 10)),
        ("abc-15", Without.REST),
        ("abc-19", Without.REST),
        ("abc-20", Wait(50)),
        ("abc-50", Wait(50)),
        *((seen, Follow(CLOSED, 10)) for seen in NO_POSITION),
    ],
)
def test_after_a_closed_run_the_next_is_waited_for_unless_the_client_knows_that_one(
    seen: str, place: Place
) -> None:
    assert next_or_open(CLOSED, seen, LOG) == place


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ("", Follow(CLOSED, 10)),
        ("abc-12", Follow(CLOSED, 12)),
        ("abc-9", Follow(CLOSED, 10)),
        ("abc-15", Without.REST),
        ("abc-30", Without.REST),
        *((seen, Follow(CLOSED, 10)) for seen in NO_POSITION),
    ],
)
def test_a_closed_run_that_is_asked_for_gives_what_was_not_seen(seen: str, place: Place) -> None:
    assert one_run(CLOSED, seen, LOG) == place


@pytest.mark.parametrize("seen", ["abc-10", "abc-9", "never"])
def test_of_a_run_without_messages_nothing_is_left(seen: str) -> None:
    assert one_run(SILENT, "", LOG) == Follow(SILENT, 10)
    assert one_run(SILENT, seen, LOG) is Without.REST


def test_a_run_that_there_never_was_gives_nothing() -> None:
    assert one_run(None, "", LOG) is Without.RUN
    assert one_run(None, "abc-12", LOG) is Without.RUN


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ("", Without.RIGHT),
        ("abc-7", Without.RIGHT),
        ("abc-8", Follow(CLOSED, 10)),
        ("abc-12", Follow(CLOSED, 12)),
        ("abc-19", Without.REST),
        ("abc-20", Without.RIGHT),
        *((seen, Without.RIGHT) for seen in NO_POSITION),
    ],
)
def test_a_ticket_for_a_closed_run_gives_only_the_rest_to_who_began_with_it(
    seen: str, place: Place
) -> None:
    assert ticketed(CLOSED, 8, seen, LOG) == place

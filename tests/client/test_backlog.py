"""What waits to be sent stays within its bounds, in order."""

import msgspec

from tocsin.client.backlog import Backlog


def taken(backlog: Backlog) -> list[str]:
    return [msgspec.json.decode(message)["body"] for message in backlog.take()]


def test_what_is_added_is_taken_once_and_in_order() -> None:
    backlog = Backlog(10_000)
    backlog.add("one", "INFO")
    backlog.add("two", "")
    assert len(backlog) == 2
    assert [msgspec.json.decode(message) for message in backlog.take()] == [
        {"body": "one", "level": "INFO"},
        {"body": "two", "level": ""},
    ]
    assert (len(backlog), backlog.take()) == (0, [])


def test_a_request_has_at_most_a_thousand() -> None:
    backlog = Backlog(1_000_000)
    for number in range(2_500):
        backlog.add(str(number), "")
    batches = [taken(backlog) for _ in range(3)]
    assert [len(batch) for batch in batches] == [1_000, 1_000, 500]
    assert [each for batch in batches for each in batch] == [str(n) for n in range(2_500)]


def test_a_request_stays_far_below_the_limit_of_a_body() -> None:
    backlog = Backlog(10_000_000)
    for _ in range(5):
        backlog.add("x" * 200_000, "")
    assert [len(taken(backlog)) for _ in range(4)] == [2, 2, 1, 0]


def test_the_oldest_give_way_and_it_is_said_how_many() -> None:
    backlog = Backlog(len(b'{"body":"0","level":""}') * 3)
    for number in range(8):
        backlog.add(str(number), "")
    assert taken(backlog) == ["(5 messages are left out here)", "5", "6", "7"]
    backlog.add("8", "")
    assert taken(backlog) == ["8"]

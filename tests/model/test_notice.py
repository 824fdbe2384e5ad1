"""Notices: classes, priorities and payloads."""

import msgspec
import pytest

from tocsin.model import notice
from tocsin.model.errors import Code, Refused
from tocsin.model.notice import NewNotice, Notice


@pytest.mark.parametrize("name", ["life-preserver", "a", "z9-", "a" + "b" * 63, "bridge", "status"])
def test_what_can_be_a_class(name: str) -> None:
    assert notice.is_class(name)


@pytest.mark.parametrize("name", ["", "A", "9a", "-a", "a_b", "a/b", "a\n", "é", "a" + "b" * 64])
def test_what_can_be_no_class(name: str) -> None:
    assert not notice.is_class(name)
    with pytest.raises(Refused, match="class: must match"):
        notice.check(NewNotice(name))


@pytest.mark.parametrize("name", ["status", "issues", "incidents", "operations", "bridge"])
def test_a_class_of_the_servers_own_is_closed_to_publishers(name: str) -> None:
    with pytest.raises(Refused, match="closed to publishers") as refused:
        notice.check(NewNotice(name))
    assert [error.path for error in refused.value.errors] == ["class"]


@pytest.mark.parametrize(
    ("priority", "text"),
    [
        (0, "0 - Information"),
        (2, "2 - Information"),
        (3, "3 - Warning"),
        (5, "5 - Warning"),
        (6, "6 - Critical"),
        (8, "8 - Critical"),
        (9, "9 - Urgent"),
        (10, "10 - Urgent"),
    ],
)
def test_a_priority_goes_out_with_its_category(priority: int, text: str) -> None:
    assert notice.priority_text(priority) == text
    assert written(NewNotice("x", priority=priority)) == {"priority": text}
    assert written(NewNotice("x", args={"priority": priority})) == {"priority": text}


@pytest.mark.parametrize("priority", [-1, 11, 2**63])
def test_a_priority_out_of_range_is_refused(priority: int) -> None:
    with pytest.raises(Refused, match=r"^priority: must be 0 to 10"):
        notice.check(NewNotice("x", priority=priority))
    with pytest.raises(Refused, match=r"^args\.priority: must be 0 to 10"):
        notice.check(NewNotice("x", args={"priority": priority}))


def test_message_and_priority_are_set_over_those_in_args() -> None:
    args = {"class": "snapshot", "message": "old", "priority": 99, "more": [1]}
    assert written(NewNotice("x", "new", 7, args)) == {
        "class": "snapshot",
        "message": "new",
        "priority": "7 - Critical",
        "more": [1],
    }
    assert args["message"] == "old"


@pytest.mark.parametrize("priority", ["1 - Information", True, None, 1.5, "high"])
def test_a_priority_in_args_that_is_no_integer_stays_as_it_is(priority: object) -> None:
    new = NewNotice("x", args={"priority": priority})
    notice.check(new)
    assert written(new) == {"priority": priority}


def test_an_empty_message_is_a_message() -> None:
    assert written(NewNotice("x", "", args={"message": "old"})) == {"message": ""}


def test_a_payload_has_its_limit() -> None:
    room = notice.ARGS_LIMIT - len('{"message":""}')
    assert len(notice.payload(NewNotice("x", "m" * room))) == notice.ARGS_LIMIT
    with pytest.raises(Refused) as refused:
        notice.payload(NewNotice("x", "m" * (room + 1)))
    assert (refused.value.code, refused.value.errors[0].path) == (Code.INVALID, "args")


def test_a_notice_is_read_as_it_was_written_and_its_payload_is_spliced() -> None:
    made = Notice("1", "x", msgspec.Raw(b'{"a":1.50}'))
    data = notice.data_of(made)
    assert data == b'{"notice":{"id":"1","class":"x","args":{"a":1.50}}}'
    again = notice.read(data)
    assert (again.id, again.class_, bytes(again.args)) == ("1", "x", b'{"a":1.50}')


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("notice/life-preserver", "life-preserver"),
        ("component/1", "status"),
        ("page/main", "status"),
        ("issue/1", "issues"),
        ("incident/1", "incidents"),
        ("operation/a.b", "operations"),
        ("token/1", None),
        ("deploys", None),
    ],
)
def test_an_events_topic_says_of_which_class_it_is_a_notice(topic: str, name: str | None) -> None:
    assert notice.class_of(topic) == name


def test_the_topics_of_a_class() -> None:
    assert notice.patterns_of("x") == ("notice/x",)
    assert notice.patterns_of("status") == ("component/>", "page/>")


def written(new: NewNotice) -> object:
    return msgspec.json.decode(notice.payload(new))

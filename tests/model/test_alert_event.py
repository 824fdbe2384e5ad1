"""One event of an alert: its limits."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import alert_event
from tocsin.model.alert_event import AlertEvent, Image, check_key, keyed
from tocsin.model.errors import Refused
from tocsin.model.severity import Status


@pytest.mark.parametrize("key", ["a", "k" * 255])
def test_what_can_be_a_key(key: str) -> None:
    alert_event.check_key(key, "alert_key")


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_is_never_cut(key: str) -> None:
    with pytest.raises(Refused, match=r"^alert_key: must be 1 to 255 characters"):
        alert_event.check_key(key, "alert_key")


def test_long_values_of_labels_are_cut() -> None:
    assert alert_event.checked_labels({"n" * 128: "v" * 2049, "b": ""}, "labels") == {
        "n" * 128: "v" * 2048,
        "b": "",
    }


def test_more_labels_than_fifty_are_refused() -> None:
    fifty = {f"l{n}": "v" for n in range(50)}
    assert alert_event.checked_labels(fifty, "labels") == fifty
    with pytest.raises(Refused, match=r"^labels: must be at most 50"):
        alert_event.checked_labels({**fifty, "one": "more"}, "labels")


@pytest.mark.parametrize("name", ["", "n" * 129])
def test_a_label_has_a_name_that_fits(name: str) -> None:
    with pytest.raises(Refused, match=r"^labels: must have names of 1 to 128"):
        alert_event.checked_labels({name: "v"}, "labels")


def test_of_a_sender_who_knows_no_limits_the_labels_that_fit_are_had() -> None:
    given_ = {"": "v", "n" * 129: "v", **{f"l{n}": "v" * 2049 for n in range(5000)}}
    assert alert_event.fitting_labels(given_) == {f"l{n}": "v" * 2048 for n in range(50)}


def test_of_images_with_the_same_alt_the_last_is_kept() -> None:
    images = [Image("http://a/1"), Image("https://a/2", "x" * 129), Image("HTTP://a/3")]
    assert alert_event.kept_images(images) == (
        Image("HTTP://a/3"),
        Image("https://a/2", "x" * 128),
    )


@pytest.mark.parametrize(
    "src", ["", "javascript:alert(1)", "data:image/png,x", "https://" + "a" * 249]
)
def test_an_image_that_cannot_be_shown_is_dropped(src: str) -> None:
    assert alert_event.kept_images([Image(src)]) == ()


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://" + "a" * 249])
def test_a_link_of_an_image_that_leads_nowhere_is_dropped(href: str) -> None:
    assert alert_event.kept_images([Image("https://a/1", "a", href)]) == (
        Image("https://a/1", "a"),
    )
    linked = Image("https://a/1", "a", "https://b/")
    assert alert_event.kept_images([linked]) == (linked,)


def test_there_are_at_most_twenty_images() -> None:
    images = [Image(f"https://a/{n}", str(n)) for n in range(21)]
    assert alert_event.kept_images(images) == tuple(images[:20])


def test_details_stand_under_the_text() -> None:
    assert alert_event.described("It burns.", [("runbook", "https://a/"), ("b", "c")]) == (
        "It burns.\nrunbook: https://a/\nb: c"
    )
    assert alert_event.described("", [("a", "b")]) == "a: b"
    assert alert_event.described("text", []) == "text"


def test_a_long_text_leaves_room_for_details_and_they_for_it() -> None:
    told = alert_event.described("x" * 3000, [("long", "y" * 1019), ("short", "z"), ("a", "b")])
    assert len(told) == 2048
    assert told.endswith("xx\nshort: z\na: b")
    assert alert_event.described("x" * 3000, [("long", "y" * 1017)]) == (
        "x" * 1024 + "\nlong: " + "y" * 1017
    )


@settings(max_examples=25, deadline=None)
@given(st.text(), st.lists(st.tuples(st.text(), st.text())))
def test_a_description_is_never_too_long(text: str, details: list[tuple[str, str]]) -> None:
    assert len(alert_event.described(text * 50, details * 20)) <= 2048


def test_a_trouble_never_begins_after_it_is_told_of() -> None:
    assert alert_event.began(None, 100) == 100
    assert alert_event.began(90, 100) == 90
    assert alert_event.began(110, 100) == 100


EVENT = AlertEvent(None, "Disk", Status.WARNING, 5, 5, labels={"a": "1", "b": "2"})


def test_a_key_that_was_given_stays() -> None:
    given = replace(EVENT, key="disk")
    assert keyed(given) is given


def test_without_a_key_what_says_the_same_has_the_same() -> None:
    key = keyed(EVENT).key
    assert key is not None
    check_key(key, "alert_key")
    again = replace(EVENT, time=9, labels={"b": "2", "a": "1"})
    assert keyed(again).key == key


@pytest.mark.parametrize(
    "other",
    [
        replace(EVENT, title="Disks"),
        replace(EVENT, status=Status.INFO),
        replace(EVENT, description="!"),
        replace(EVENT, labels={"a": "1"}),
    ],
)
def test_without_a_key_what_says_something_else_has_another(other: AlertEvent) -> None:
    assert keyed(other).key != keyed(EVENT).key

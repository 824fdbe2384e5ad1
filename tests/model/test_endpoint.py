"""Endpoints: what makes one, and with which secrets it is signed for."""

from dataclasses import replace

import pytest
from tests.model.endpoints import CLOUDEVENTS, FLASHDUTY, SECRET
from tests.model.refused import refused_path

from tocsin.model.endpoint import (
    PREVIOUS_SECRETS_LIMIT,
    ROTATION_S,
    Endpoint,
    Kind,
    OldSecret,
    checked,
    id_of,
    rotated,
    secrets,
    topic_of,
)
from tocsin.model.incident import IncidentEvent

ACTION = replace(FLASHDUTY, kind=Kind.ACTION)
NOW = 1_700_000_000


@pytest.mark.parametrize(
    "endpoint",
    [
        CLOUDEVENTS,
        FLASHDUTY,
        ACTION,
        replace(ACTION, channels=(1, 2)),
        replace(FLASHDUTY, event_types=tuple(IncidentEvent), channels=tuple(range(1, 101))),
        replace(CLOUDEVENTS, event_types=("tocsin.incident.ack", "a"), topics=("a/*", ">")),
        replace(CLOUDEVENTS, name="a" * 255, timeout_ms=100, max_attempts=1, rate_per_s=1_000),
        replace(CLOUDEVENTS, name="a", timeout_ms=30_000, max_attempts=20),
        replace(CLOUDEVENTS, headers={"X-Token": "a"}),
    ],
)
def test_what_makes_sense_is_taken_as_it_is(endpoint: Endpoint) -> None:
    assert checked(endpoint) == endpoint


def test_the_url_is_kept_in_its_one_form() -> None:
    shouted = replace(CLOUDEVENTS, url=" HTTPS://Hooks.Example.ORG/in#here")

    assert checked(shouted) == CLOUDEVENTS


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        (replace(CLOUDEVENTS, name=""), "name"),
        (replace(CLOUDEVENTS, name="a" * 256), "name"),
        (replace(CLOUDEVENTS, kind=Kind.ACTION), "profile"),
        (replace(ACTION, event_types=("i_custom",)), "event_types"),
        (replace(FLASHDUTY, event_types=("i_new", "tocsin.incident.ack")), "event_types.1"),
        (replace(CLOUDEVENTS, event_types=("a b",)), "event_types.0"),
        (replace(CLOUDEVENTS, event_types=("a" * 256,)), "event_types.0"),
        (replace(CLOUDEVENTS, event_types=("a", "a")), "event_types"),
        (replace(CLOUDEVENTS, event_types=tuple(f"a{n}" for n in range(101))), "event_types"),
        (replace(CLOUDEVENTS, channels=(1,)), "channels"),
        (replace(FLASHDUTY, channels=(1, 1)), "channels"),
        (replace(FLASHDUTY, channels=tuple(range(1, 102))), "channels"),
        (replace(FLASHDUTY, topics=("a",)), "topics"),
        (replace(CLOUDEVENTS, topics=("a", "a")), "topics"),
        (replace(CLOUDEVENTS, topics=tuple(f"a{n}" for n in range(101))), "topics"),
        (replace(CLOUDEVENTS, topics=("a", ">/b")), "topics.1"),
        (replace(CLOUDEVENTS, headers={"Host": "a"}), "headers.Host"),
        (replace(CLOUDEVENTS, timeout_ms=99), "timeout_ms"),
        (replace(CLOUDEVENTS, timeout_ms=30_001), "timeout_ms"),
        (replace(CLOUDEVENTS, max_attempts=0), "max_attempts"),
        (replace(CLOUDEVENTS, max_attempts=21), "max_attempts"),
        (replace(CLOUDEVENTS, rate_per_s=-1), "rate_per_s"),
        (replace(CLOUDEVENTS, rate_per_s=1_001), "rate_per_s"),
        (replace(CLOUDEVENTS, url="ftp://hooks.example.org"), "url"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(endpoint: Endpoint, path: str) -> None:
    assert refused_path(lambda: checked(endpoint)) == path


def test_a_secret_that_was_replaced_signs_for_another_day() -> None:
    once = rotated(CLOUDEVENTS, "second", NOW)

    assert once.previous_secrets == (OldSecret(SECRET, NOW + ROTATION_S),)
    assert secrets(once, NOW + ROTATION_S - 1) == ["second", SECRET]
    assert secrets(once, NOW + ROTATION_S) == ["second"]


def test_secrets_past_their_time_are_dropped_at_the_next_rotation() -> None:
    twice = rotated(rotated(CLOUDEVENTS, "second", NOW), "third", NOW + ROTATION_S)

    assert secrets(twice, NOW) == ["third", "second"]


def test_the_oldest_of_too_many_secrets_is_dropped() -> None:
    endpoint = CLOUDEVENTS
    for number in range(PREVIOUS_SECRETS_LIMIT + 1):
        endpoint = rotated(endpoint, f"{number}", NOW)

    assert secrets(endpoint, NOW) == [f"{number}" for number in range(10, -1, -1)]


def test_no_secret_is_shown_by_accident() -> None:
    endpoint = replace(rotated(CLOUDEVENTS, "second", NOW), headers={"Authorization": "third"})

    assert not any(secret in repr(endpoint) for secret in (SECRET, "second", "third"))


def test_profiles_differ_in_how_hard_is_tried() -> None:
    assert (FLASHDUTY.timeout_ms, FLASHDUTY.max_attempts) == (2_000, 2)
    assert (CLOUDEVENTS.timeout_ms, CLOUDEVENTS.max_attempts) == (15_000, 11)


def test_what_is_told_of_an_endpoint_is_told_on_its_topic() -> None:
    assert topic_of("f607") == "endpoint/f607"
    assert id_of(topic_of("f607")) == "f607"

"""Which events an endpoint wants, and what it calls them."""

from dataclasses import replace

import pytest
from tests.model.endpoints import CLOUDEVENTS, FLASHDUTY

from tocsin.model.endpoint import Endpoint, Kind, topic_of
from tocsin.model.endpoint_choice import wants
from tocsin.model.event import Event


def happened(type: str = "com.example.deployed", topic: str = "deploys/web") -> Event:  # noqa: A002
    return Event(1, 1, type, topic, topic, "/here", 0, 0, b"{}")


def acknowledged(channel_id: int = 7) -> Event:
    data = b'{"event_time":1,"event_type":"i_ack","incident":{"title":"x","channel_id":%d}}'
    return Event(1, 1, "tocsin.incident.ack", "incident/a", "a", "/", 0, 0, data % channel_id)


@pytest.mark.parametrize(
    ("endpoint", "wanted"),
    [
        (CLOUDEVENTS, True),
        (replace(CLOUDEVENTS, event_types=("com.example.deployed", "com.example.failed")), True),
        (replace(CLOUDEVENTS, event_types=("com.example.failed",)), False),
        (replace(CLOUDEVENTS, event_types=("com.example.deployed.twice",)), False),
        (replace(CLOUDEVENTS, topics=("builds/>", "deploys/*")), True),
        (replace(CLOUDEVENTS, topics=("deploys/web",)), True),
        (replace(CLOUDEVENTS, topics=("deploys",)), False),
        (replace(CLOUDEVENTS, event_types=("com.example.deployed",), topics=("builds/>",)), False),
    ],
)
def test_an_event_is_chosen_by_type_and_topic(endpoint: Endpoint, wanted: bool) -> None:
    assert wants(endpoint, happened()) == ("com.example.deployed" if wanted else None)


def test_what_happens_to_incidents_is_an_event_as_any() -> None:
    assert wants(CLOUDEVENTS, acknowledged()) == "tocsin.incident.ack"


@pytest.mark.parametrize(
    ("endpoint", "channel_id", "wanted"),
    [
        (FLASHDUTY, 7, True),
        (FLASHDUTY, 0, True),
        (replace(FLASHDUTY, event_types=("i_new", "i_ack")), 7, True),
        (replace(FLASHDUTY, event_types=("i_new",)), 7, False),
        (replace(FLASHDUTY, channels=(6, 7)), 7, True),
        (replace(FLASHDUTY, channels=(6,)), 7, False),
        (replace(FLASHDUTY, channels=(6, 7)), 0, False),
        (replace(FLASHDUTY, event_types=("i_new",), channels=(7,)), 7, False),
    ],
)
def test_a_push_is_chosen_by_type_and_channel(
    endpoint: Endpoint, channel_id: int, wanted: bool
) -> None:
    assert wants(endpoint, acknowledged(channel_id)) == ("i_ack" if wanted else None)


def test_what_is_no_incident_is_not_pushed() -> None:
    assert wants(FLASHDUTY, happened("tocsin.issue.created", "issue/a")) is None


@pytest.mark.parametrize(
    "endpoint", [replace(CLOUDEVENTS, enabled=False), replace(FLASHDUTY, kind=Kind.ACTION)]
)
def test_who_is_disabled_or_waits_for_a_button_is_told_nothing(endpoint: Endpoint) -> None:
    assert wants(endpoint, acknowledged()) is None


def test_an_endpoint_is_told_of_others_and_not_of_itself() -> None:
    itself = happened("tocsin.endpoint.disabled", topic_of(CLOUDEVENTS.id))
    other = happened("tocsin.endpoint.disabled", topic_of("0" * 24))

    assert wants(CLOUDEVENTS, itself) is None
    assert wants(CLOUDEVENTS, other) == "tocsin.endpoint.disabled"

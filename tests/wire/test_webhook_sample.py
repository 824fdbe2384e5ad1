"""What an endpoint is sent when somebody tests it."""

from typing import Any

import msgspec
import pytest
from tests.wire.test_webhook import AT, EPOCH, URL, endpoint, logged

from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.incident import IncidentEvent
from tocsin.wire import cloudevents, webhook_sample

AT_MS = AT * 1_000 + 5


def sample(of: Endpoint, event_type: str | None = None) -> dict[str, Any]:
    """A test of the endpoint."""
    chosen = event_type or webhook_sample.default_type(of)
    body = webhook_sample.body(of, chosen, "id-1", URL, AT_MS)
    told: dict[str, Any] = msgspec.json.decode(body)
    return told


@pytest.mark.parametrize("event_type", IncidentEvent)
def test_every_type_of_flashduty_has_a_sample_that_says_that_it_is_a_test(event_type: str) -> None:
    told = sample(endpoint(), event_type)
    assert told["event_type"] == event_type
    assert (told["event_id"], told["event_time"]) == ("id-1", AT_MS)
    assert told["incident"]["title"] == "Test, not an incident"
    assert told["incident"]["detail_url"].startswith(URL)
    assert told["person"]["person_name"] == "Tocsin"
    assert ("alerts" in told["incident"]) == (event_type == "i_custom")


def test_the_sample_is_by_default_of_a_type_that_the_endpoint_wants() -> None:
    assert sample(endpoint())["event_type"] == "i_new"
    assert sample(endpoint(event_types=("i_ack", "i_new")))["event_type"] == "i_ack"
    assert sample(endpoint(kind=Kind.ACTION))["event_type"] == "i_custom"


CLOUD = endpoint(profile=Profile.CLOUDEVENTS, event_types=("tocsin.issue.opened",))


def test_a_cloudevent_is_by_default_about_the_endpoint() -> None:
    told = sample(CLOUD)
    assert (told["type"], told["subject"]) == ("tocsin.endpoint.test", "endpoint/e1")
    assert "test" in told["data"]["message"]
    assert (told["id"], told["time"]) == ("id-1", "2023-11-14T22:13:20.005Z")


def test_a_cloudevent_of_an_incident_has_an_incident_in_it() -> None:
    told = sample(CLOUD, "tocsin.incident.ack")
    assert told["subject"] == "incident/" + "0" * 24
    assert told["data"]["event_type"] == "i_ack"
    assert told["data"]["incident"]["title"] == "Test, not an incident"


@pytest.mark.parametrize("event_type", ["tocsin.incident.ack", "com.example.deployed"])
def test_a_cloudevent_has_the_members_of_a_real_one_in_their_order(event_type: str) -> None:
    real = msgspec.json.decode(cloudevents.render(logged(b"{}", "k"), EPOCH))
    assert list(sample(CLOUD, event_type)) == list(real)

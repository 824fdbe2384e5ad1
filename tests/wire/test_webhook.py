"""What endpoints are sent."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import tocsin
from tocsin.model.delivery import Delivery, State
from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.event import Event
from tocsin.model.incident import Incident, IncidentEvent
from tocsin.model.person import Person
from tocsin.model.timeline import Entry
from tocsin.wire import cloudevents, flashduty, incident_event, webhook
from tocsin.wire.webhook_id import webhook_id

EPOCH = "0192e4c1a7b34d10"
URL = "https://tocsin.example.org"
AT = 1_700_000_000

# Texts that look like what the bodies are spliced at, beside all others.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ['","group_method":"n', ',"group_method":', '\\","group_method":"', "group_method", '"}']
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=5,
)
PEOPLE = st.builds(Person, NUMBERS, TEXTS, TEXTS)
ENTRIES = st.builds(
    Entry,
    st.sampled_from(IncidentEvent),
    NUMBERS,
    st.none() | PEOPLE,
    st.dictionaries(TEXTS, JSON, max_size=3),
)
INCIDENTS = st.builds(
    Incident,
    id=TEXTS,
    title=TEXTS,
    description=TEXTS,
    channel_name=TEXTS,
    dedup_key=TEXTS,
    labels=st.none() | st.dictionaries(TEXTS, TEXTS, max_size=3),
    fields=st.dictionaries(TEXTS, JSON, max_size=3),
    creator=st.none() | PEOPLE,
    closer=st.none() | PEOPLE,
)


def logged(data: bytes, key: str, type_: str = "tocsin.incident.ack") -> Event:
    """An event as the log has it."""
    return Event(7, 7, type_, "incident/x", key, "/tocsin", AT * 1_000, AT * 1_000, data)


@given(ENTRIES, INCIDENTS)
@settings(max_examples=30)
def test_flashduty_s_body_is_the_push_byte_for_byte(entry: Entry, incident: Incident) -> None:
    event = logged(incident_event.data(entry, incident), incident.id, entry.type.log_type)
    event_id = webhook_id(Profile.FLASHDUTY, EPOCH, event.sequence)
    body = webhook.body(event, event_id, URL)
    link = flashduty.detail_url(URL, incident.id)
    assert body == flashduty.push(entry, incident, event_id, link)


def test_cloudevents_body_is_that_of_the_event_api() -> None:
    event = logged(b'{"a":1}', "x")
    event_id = webhook_id(Profile.CLOUDEVENTS, EPOCH, event.sequence)
    body = webhook.body(event, event_id, URL)
    assert body == cloudevents.render(event, EPOCH)
    assert f'"id":"{event_id}"'.encode() in body


def endpoint(**given: Any) -> Endpoint:
    """Some endpoint."""
    facts: dict[str, Any] = {
        "id": "e1",
        "name": "Chat",
        "kind": Kind.PUSH,
        "url": "https://example.org/hook",
        "profile": Profile.FLASHDUTY,
        "owner": 1,
        "secret": "whsec_" + "A" * 43 + "=",
        "timeout_ms": 2_000,
        "max_attempts": 2,
        "created_at": AT,
    }
    return Endpoint(**facts | given)


def delivery(**given: Any) -> Delivery:
    """Some delivery."""
    facts: dict[str, Any] = {
        "id": "d1",
        "endpoint_id": "e1",
        "sequence": 7,
        "event_type": "i_ack",
        "key": "x",
        "webhook_id": "w2",
        "ordinal": 1,
        "previous_id": None,
        "superseded": 0,
        "base_url": URL,
        "state": State.SENDING,
        "due_ms": 0,
        "tries": 0,
        "created_ms": 0,
    }
    return Delivery(**facts | given)


def test_headers_are_standard_webhooks_with_those_of_the_endpoint() -> None:
    there = endpoint(headers={"Authorization": "Basic eDp5"})
    assert webhook.headers(there, "w1", AT, ["v1,new", "v1,old"]) == {
        "Content-Type": "application/json",
        "Authorization": "Basic eDp5",
        "User-Agent": f"Tocsin/{tocsin.__version__}",
        "webhook-id": "w1",
        "webhook-timestamp": str(AT),
        "webhook-signature": "v1,new v1,old",
    }


def places(of: Delivery) -> dict[str, str]:
    """What the headers say of a delivery's place."""
    headers = webhook.headers(endpoint(), "w", AT, ["v1,x"], of)
    return {name: value for name, value in headers.items() if name.startswith("tocsin-")}


def test_headers_say_the_place_among_those_of_the_key() -> None:
    assert places(delivery()) == {"tocsin-sequence": "1"}
    assert places(delivery(ordinal=9, previous_id="w1", superseded=3)) == {
        "tocsin-sequence": "9",
        "tocsin-previous-id": "w1",
        "tocsin-superseded": "3",
    }

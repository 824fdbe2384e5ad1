"""What a receiver checks and reads of a webhook."""

import email.message
import time
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from standardwebhooks import Webhook
from tests.model.incidents import ANNA, ID, NOW, NOW_MS, by, made
from tests.wire.test_webhook import EPOCH, URL, endpoint, logged

from tocsin.client import BadSecret, NotVerified, Pushed, verify
from tocsin.client.pushed import Place
from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.incident_command import comment
from tocsin.wire import incident_event, webhook, webhook_sample
from tocsin.wire.webhook_id import webhook_id

ENDPOINT = endpoint()
CLOUD = endpoint(profile=Profile.CLOUDEVENTS)
COMMENT = comment(made(), "Größe?", by(ANNA, 5)).steps[-1]


def signed(body: bytes, id_: str = "w1", at: int = NOW) -> dict[str, str]:
    """The headers of a body, signed by the standard's own library."""
    moment = datetime.fromtimestamp(at, UTC)
    signature = Webhook(ENDPOINT.secret).sign(id_, moment, body.decode())
    return webhook.headers(ENDPOINT, id_, at, [signature])


def received(body: bytes, id_: str = "w1") -> Pushed:
    """What a receiver reads of a body."""
    return verify(signed(body, id_), body, ENDPOINT.secret, now=NOW)


def told(profile: Profile) -> tuple[str, bytes]:
    """The id of a comment on an incident, and the body that tells of it."""
    entry, incident = COMMENT
    event = logged(incident_event.data(entry, incident), incident.id, entry.type.log_type)
    id_ = webhook_id(profile, EPOCH, event.sequence)
    return id_, webhook.body(event, id_, URL)


def test_flashduty_s_events_are_placed_by_their_time() -> None:
    id_, body = told(Profile.FLASHDUTY)
    event = received(body, id_)
    assert (event.id, event.type) == (id_, "i_comm")
    assert event.body["incident"]["title"] == "Shop is down"
    assert event.place == Place(ID, "", NOW_MS + 5_000)


def test_cloudevents_are_placed_by_their_sequence_in_the_log() -> None:
    id_, body = told(Profile.CLOUDEVENTS)
    event = received(body, id_)
    assert (event.id, event.type) == (id_, "tocsin.incident.comm")
    assert event.body["data"]["detail"] == {"comment": "Größe?"}
    assert event.place == Place(ID, EPOCH, 7)


@pytest.mark.parametrize("there", [ENDPOINT, CLOUD])
def test_tests_are_read_too(there: Endpoint) -> None:
    type_ = webhook_sample.default_type(there)
    assert received(webhook_sample.body(there, type_, "w1", URL, NOW_MS)).type == type_


def test_other_events_that_are_signed_have_no_place() -> None:
    event = received(b'{"type":"issue.opened","timestamp":"2024-01-01T00:00:00Z","data":{}}')
    assert event.place is None


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[]",
        b"{}",
        b'{"event_type":"i_ack"}',
        b'{"event_type":"i_ack","incident":3}',
        b'{"type":"x","id":"a-b","sequence":"b"}',
        b'{"type":"x","id":"a-b","sequence":"b","key":"k"}',
    ],
)
def test_what_is_signed_but_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NotVerified) as caught:
        received(body)
    assert caught.value.code == "no_event"


def test_headers_of_any_server_are_taken() -> None:
    body = msgspec.json.encode({"type": "x"})
    headers = signed(body)
    message = email.message.Message()
    environ: dict[str, Any] = {"wsgi.version": (1, 0)}
    for name, value in headers.items():
        message[name.title()] = value
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    assert verify(message, body, ENDPOINT.secret, now=NOW).type == "x"
    assert verify(environ, body, ENDPOINT.secret, now=NOW).type == "x"


def test_the_clock_is_this_machine_s() -> None:
    body = msgspec.json.encode({"type": "x"})
    now = int(time.time())
    assert verify(signed(body, at=now), body, ENDPOINT.secret).type == "x"
    with pytest.raises(NotVerified) as caught:
        verify(signed(body, at=now - 400), body, ENDPOINT.secret)
    assert caught.value.code == "too_old"
    assert verify(signed(body, at=now - 400), body, ENDPOINT.secret, tolerance_s=900).type == "x"


def test_a_wrong_request_and_a_wrong_setting_are_two_things() -> None:
    body = msgspec.json.encode({"type": "x"})
    with pytest.raises(NotVerified, match="byte for byte"):
        verify(signed(body), body + b" ", ENDPOINT.secret, now=NOW)
    with pytest.raises(BadSecret, match="whsec_"):
        verify(signed(body), body, "hunter2", now=NOW)

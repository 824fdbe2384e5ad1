"""What events are called in webhooks."""

from hashlib import sha256

from tocsin.model.endpoint import Profile
from tocsin.wire.webhook_id import webhook_id


def test_a_cloud_event_is_called_by_its_position() -> None:
    assert webhook_id(Profile.CLOUDEVENTS, "4f1c", 12) == "4f1c-12"


def test_an_incident_push_is_called_by_32_hex_digits_of_that() -> None:
    assert webhook_id(Profile.FLASHDUTY, "4f1c", 12) == sha256(b"4f1c-12").hexdigest()[:32]

"""Notices from a message bus."""

import pytest

from tocsin.model.notice import NewNotice
from tocsin.wire import sysadm_bus
from tocsin.wire.malformed import Malformed, Reason


def test_the_subject_names_the_class_and_the_payload_is_that_of_the_notice() -> None:
    assert sysadm_bus.read("sysadm.events.life-preserver", b'{"message":"m","priority":7}') == (
        NewNotice("life-preserver", args={"message": "m", "priority": 7})
    )


@pytest.mark.parametrize(
    ("subject", "payload", "reason"),
    [
        ("sysadm.events.x", b"", Reason.NOT_JSON),
        ("sysadm.events.x", b"{", Reason.NOT_JSON),
        ("sysadm.events.x", b'{"a":"\\u0000"}', Reason.NOT_JSON),
        ("sysadm.events.x", b"[]", Reason.WRONG_SHAPE),
        ("sysadm.events.x", b'"x"', Reason.WRONG_SHAPE),
        ("sysadm.events.x", b'{"priority":11}', Reason.WRONG_SHAPE),
        ("sysadm.events.X", b"{}", Reason.WRONG_SHAPE),
        ("sysadm.events.issues", b"{}", Reason.WRONG_SHAPE),
    ],
)
def test_what_is_no_notice_is_said_to_be_none(subject: str, payload: bytes, reason: Reason) -> None:
    with pytest.raises(Malformed) as malformed:
        sysadm_bus.read(subject, payload)
    assert malformed.value.reason is reason

"""Which buttons can be pressed, and what counts as done."""

from dataclasses import replace

import pytest

from tocsin.model.custom_action import pressed, succeeded
from tocsin.model.endpoint import Endpoint, Kind, Profile
from tocsin.model.errors import Code, Refused
from tocsin.model.exchange import Exchange, Fault, Request, Response

RESTART = Endpoint(
    id="e",
    name="Restart",
    kind=Kind.ACTION,
    url="https://hooks.example.org/restart",
    profile=Profile.FLASHDUTY,
    owner=1,
    secret="whsec_",
    timeout_ms=2_000,
    max_attempts=1,
    created_at=0,
)
REPORT = replace(RESTART, id="f", name="Report", enabled=False)


def test_a_button_can_be_pressed() -> None:
    assert pressed([REPORT, RESTART], "e") is RESTART


def test_what_is_no_button_of_the_incident_cannot_be_pressed() -> None:
    with pytest.raises(Refused) as refused:
        pressed([REPORT, RESTART], "g")
    assert refused.value.code is Code.INVALID
    assert refused.value.errors[0].path == "endpoint_id"


def test_a_disabled_button_cannot_be_pressed() -> None:
    with pytest.raises(Refused) as refused:
        pressed([REPORT, RESTART], "f")
    assert refused.value.code is Code.ENDPOINT_DISABLED


@pytest.mark.parametrize(
    ("response", "fault", "done"),
    [
        (Response(200), None, True),
        (Response(202), None, False),
        (Response(302), None, False),
        (Response(500), None, False),
        (Response(200), Fault.EOF, False),
        (None, Fault.TIMEOUT, False),
    ],
)
def test_the_receiver_did_it_when_it_answered_200_to_the_end(
    response: Response | None, fault: Fault | None, done: bool
) -> None:
    assert succeeded(Exchange(0, 0, Request("", {}, b""), response, fault)) is done

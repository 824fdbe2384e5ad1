"""What the events about an incident carry in the log."""

from typing import Any

import msgspec
from tests.model.incidents import ANNA, by, made, raised

from tocsin.model.incident_command import Decision, comment, time_out
from tocsin.wire import flashduty, incident_event


def carried(decision: Decision) -> dict[str, Any]:
    """The data of the decision's last event."""
    data: dict[str, Any] = msgspec.json.decode(incident_event.data(*decision.steps[-1]))
    return data


def test_an_event_carries_what_a_push_tells_and_the_detail() -> None:
    decision = comment(made(), "Who can look?", by(ANNA, 5))
    pushed = msgspec.json.decode(flashduty.push(*decision.steps[-1], "0" * 32, "https://x"))
    del pushed["event_id"], pushed["incident"]["detail_url"]
    assert carried(decision) == {**pushed, "detail": {"comment": "Who can look?"}}


def test_what_happens_by_itself_is_nobody_s() -> None:
    assert "person" not in carried(time_out(raised(), by(None, 5)))

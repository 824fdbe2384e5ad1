"""The data of the events about operations."""

import json

from tocsin.model.operation import Operation, Outcome, Run
from tocsin.model.operation_data import RunData, of_message, of_run, read_message, read_run


def test_a_message_stays_as_it_was_written() -> None:
    written = rb'{"body":"p\u0069d\u003a  1", "level":""}'
    data = of_message(12, written)
    assert data == b'{"run":12,"message":' + written + b"}"
    read = read_message(data)
    assert (read.run, bytes(read.message)) == (12, written)


def test_an_event_about_a_run_says_what_is_known_of_it() -> None:
    run = Run(3, opened_at=100, opened=7, messages=2, newest=9, active_at=130)
    opened = of_run(Operation("web", "Build web", run))
    assert json.loads(opened) == {
        "operation": {
            "id": "web",
            "name": "Build web",
            "run": 3,
            "outcome": None,
            "opened_at": 100,
            "closed_at": None,
            "messages": 2,
        }
    }
    closed = of_run(Operation("web", "Build web", run.ended(Outcome.SUCCESS, 140_900, 12)))
    assert read_run(closed) == RunData("web", "Build web", 3, Outcome.SUCCESS, 100, 140, 2)

"""Refusals as problem documents."""

import json

import pytest

from tocsin.model.errors import Code, Refused, invalid
from tocsin.wire import problem


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_status_and_a_title(code: Code) -> None:
    told = json.loads(problem.body(Refused(code, "Because.")))
    assert told.pop("title")
    assert told == {
        "type": f"urn:tocsin:problem:{code}",
        "status": problem.status(code),
        "detail": "Because.",
        "code": code,
    }
    assert 400 <= problem.status(code) < 600


def test_a_validation_names_its_fields() -> None:
    told = json.loads(problem.body(invalid("updates.0.label", "must be a label")))
    assert told["status"] == 422
    assert told["errors"] == [{"path": "updates.0.label", "message": "must be a label"}]


def test_further_members_stand_beside_the_others() -> None:
    told = json.loads(problem.body(Refused(Code.INTERNAL, "Failed."), reference="abc"))
    assert told["reference"] == "abc"
    assert told["status"] == 500

"""How an exchange went, in a word."""

import pytest

from tocsin.model.exchange import Exchange, Fault, Request, Response

REQUEST = Request("https://hooks.example.org/in", {}, b"{}")


@pytest.mark.parametrize(
    ("response", "fault", "outcome"),
    [
        (Response(204), None, "2xx"),
        (Response(503), None, "5xx"),
        (None, Fault.DNS, "dns"),
        (Response(200), Fault.EOF, "eof"),
    ],
)
def test_the_outcome_is_the_class_of_the_status_or_why_there_is_no_whole_answer(
    response: Response | None, fault: Fault | None, outcome: str
) -> None:
    assert Exchange(0, 1, REQUEST, response, fault).outcome == outcome


def test_it_was_over_when_its_last_byte_was_read() -> None:
    assert Exchange(1_700_000_000_000, 250, REQUEST).ended_ms == 1_700_000_000_250

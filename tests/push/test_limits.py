"""How many streams may be open."""

import pytest

from tocsin.model.errors import Code, Refused
from tocsin.push.limits import Gate, Limits, file_limit, streams_within


def refusal(gate: Gate, address: str) -> Code:
    with pytest.raises(Refused) as caught:
        gate.check(address)
    return caught.value.code


def test_above_the_limit_of_an_address_it_is_refused_until_a_stream_of_it_ends() -> None:
    gate = Gate(Limits(total=10, per_address=2))
    gate.enter("a")
    gate.enter("a")
    assert refusal(gate, "a") is Code.TOO_MANY_CONNECTIONS
    gate.check("b")
    gate.leave("a")
    gate.check("a")


def test_above_the_total_everybody_is_refused() -> None:
    gate = Gate(Limits(total=2, per_address=0))
    gate.enter("a")
    gate.enter("a")
    assert refusal(gate, "b") is Code.UNAVAILABLE
    gate.leave("a")
    gate.check("b")


def test_once_shut_it_refuses_all() -> None:
    gate = Gate(Limits())
    gate.shut = True
    assert refusal(gate, "a") is Code.UNAVAILABLE


def test_an_address_without_streams_is_forgotten() -> None:
    gate = Gate(Limits())
    gate.enter("a")
    gate.leave("a")
    gate.check("b")
    assert gate.addresses == 0


def test_without_a_total_the_file_limit_decides_with_some_files_kept_back() -> None:
    assert streams_within(1024) == 768
    assert streams_within(100_000) == 100_000 - 256
    assert Gate(Limits()).total == streams_within(file_limit())

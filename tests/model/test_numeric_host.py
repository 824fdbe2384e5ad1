"""Hosts that are numbers."""

import pytest

from tocsin.model.numeric_host import is_misnumbered


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "127.0.1", "0", "2130706433", "4294967295", "0x7f.1", "0xffffffff"),
        *("017700000001", "0177.0x0.0.1", "00000000000", "255.255.255.255", "1.16777215"),
        *("example.org", "example.org.", "1.example", "1e3", "0xg", "x0x1", "3com", "localhost."),
    ],
)
def test_an_address_in_any_writing_and_a_name_are_somebody_s(host: str) -> None:
    assert not is_misnumbered(host)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1.", "0x7f.1.", "2130706433.", "0.", "example.1", "example.0x1.", "a.0x"),
        *("256.1.1.1", "1.2.3.256", "1.2.65536", "1.16777216", "4294967296", "0x100000000"),
        *("1.2.3.4.5", "08", "1.08.1", "0x", "0x7f.0x", "1..2"),
    ],
)
def test_what_ends_in_a_number_and_is_no_address_is_nobody_s(host: str) -> None:
    assert is_misnumbered(host)

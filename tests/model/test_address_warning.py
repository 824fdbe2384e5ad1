"""What speaks against the URL of an endpoint."""

from ipaddress import ip_address, ip_network

import pytest

from tocsin.model.address_warning import WarningCode, warnings
from tocsin.model.reach import Address

PUBLIC, PRIVATE = ip_address("93.184.215.14"), ip_address("10.0.0.5")
HTTPS, HTTP = "https://hooks.example.org/in", "http://hooks.example.org/in"


@pytest.mark.parametrize(
    ("url", "addresses", "codes"),
    [
        (HTTPS, [PUBLIC], []),
        (HTTPS, [], [WarningCode.DNS]),
        (HTTP, [], [WarningCode.DNS]),
        (HTTP, [PUBLIC], [WarningCode.NOT_HTTPS]),
        (HTTPS, [PRIVATE], [WarningCode.REFUSED_ADDRESS]),
        (HTTP, [PRIVATE], [WarningCode.REFUSED_ADDRESS]),
        (HTTP, [PUBLIC, PRIVATE], [WarningCode.REFUSED_ADDRESS, WarningCode.NOT_HTTPS]),
    ],
)
def test_warns_of_what_will_fail_and_of_what_others_can_read(
    url: str, addresses: list[Address], codes: list[WarningCode]
) -> None:
    assert [code for code, _ in warnings(url, addresses, [])] == codes


def test_what_the_settings_allow_is_no_reason_for_a_warning() -> None:
    assert warnings(HTTP, [PRIVATE], [ip_network("10.0.0.0/8")]) == []


def test_names_the_host_and_the_addresses_that_are_refused() -> None:
    ((_, told),) = warnings(HTTPS, [PUBLIC, PRIVATE], [])
    assert "hooks.example.org (10.0.0.5)" in told
    ((_, told),) = warnings("https://10.0.0.5/", [PRIVATE], [])
    assert "to 10.0.0.5, which" in told

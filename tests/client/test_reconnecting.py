"""What a server that wants nobody just now asks for."""

import pytest

from tocsin.client.reconnecting import put_off


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_a_server_says_how_long_to_wait(headers: dict[str, str], wait_s: float | None) -> None:
    lost = put_off(503, headers)
    assert (str(lost), lost.wait_s) == ("answered 503", wait_s)

"""Integrations: where each kind sends its alerts."""

from dataclasses import replace

import pytest

from tocsin.model import heartbeat
from tocsin.model.integration import Integration, Kind, is_key, url

ID = "656e0c80a1b2c3d4e5f60718"
ONE = Integration(ID, "Night backup", Kind.STANDARD, 1, "k3y", 5)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (Kind.STANDARD, "/event/push/alert/standard?integration_key=k3y"),
        (Kind.ALERTMANAGER, "/api/v1/intake/alertmanager?integration_key=k3y"),
        (Kind.PAGERDUTY, "/v2/enqueue"),
        (Kind.HEARTBEAT, "/api/v1/intake/heartbeat/Night-backup?integration_key=k3y"),
    ],
)
def test_each_kind_has_its_own_address(kind: Kind, address: str) -> None:
    assert url(replace(ONE, kind=kind), "https://t.example") == f"https://t.example{address}"


@pytest.mark.parametrize(
    ("name", "beats_as"),
    [
        ("db1.example", "db1.example"),
        (" Büro / 2 ", "B-ro-2"),
        ("漢字", ID),
        ("x" * 255, "x" * 128),
    ],
)
def test_a_heartbeat_is_called_much_as_its_integration(name: str, beats_as: str) -> None:
    address = url(replace(ONE, kind=Kind.HEARTBEAT, name=name), "")
    assert address == f"/api/v1/intake/heartbeat/{beats_as}?integration_key=k3y"
    heartbeat.check_name(beats_as)


@pytest.mark.parametrize("text", ["0123456789abcdef" * 2, "f" * 32])
def test_a_key_is_thirty_two_hex_digits(text: str) -> None:
    assert is_key(text)


@pytest.mark.parametrize("text", ["", "f" * 31, "f" * 33, "F" * 32, "f" * 31 + "\n", "\0" * 32])
def test_anything_else_is_none(text: str) -> None:
    assert not is_key(text)

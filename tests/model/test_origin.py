"""Who may open a connection, by the Origin it sends."""

import pytest

from tocsin.model.origin import is_welcome

HOSTS = {"status.example.org", "[2001:db8::1]"}
ALLOWED = {"https://admin.example.org:8443", "null"}


@pytest.mark.parametrize("origin", [None, "", "sysadm-client", "file://", "httpbin"])
def test_clients_that_are_no_web_pages_are_welcome(origin: str | None) -> None:
    assert is_welcome(origin, HOSTS, ())


@pytest.mark.parametrize(
    "origin",
    [
        "https://status.example.org",
        "http://status.example.org:8080",
        "HTTPS://Status.Example.ORG.",
        "http://[2001:DB8:0::1]:8080",
    ],
)
def test_pages_of_our_own_hosts_are_welcome(origin: str) -> None:
    assert is_welcome(origin, HOSTS, ())


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://status.example.org.evil.example",
        "https://evil.example/status.example.org",
        "http://",
        "http://[status.example.org",
        "null",
        "NULL",
        "https://admin.example.org",
    ],
)
def test_other_pages_are_not(origin: str) -> None:
    assert not is_welcome(origin, HOSTS, {"https://admin.example.org:8443"})


def test_allowed_origins_are_welcome_as_they_stand() -> None:
    assert is_welcome("https://Admin.example.org:8443", HOSTS, ALLOWED)
    assert is_welcome("null", HOSTS, ALLOWED)
    assert not is_welcome("http://admin.example.org:8443", HOSTS, ALLOWED)

"""Pages: the order of their components, and the hosts that choose them."""

from dataclasses import replace

import msgspec
import pytest

from tocsin.model.page import Group, Page, Visibility, host_name

GROUPS = (Group(None, None, ("c", "a")), Group("g", "Group", ()), Group("h", "Other", ("b",)))
PAGE = Page("id", "main", "Main", "", (), "UTC", Visibility.PUBLIC, GROUPS, 0)


def test_components_are_in_page_order_across_groups() -> None:
    assert PAGE.component_ids == ("c", "a", "b")


def test_what_is_derived_is_not_encoded() -> None:
    assert PAGE.component_ids
    assert "component_ids" not in msgspec.to_builtins(PAGE)


def test_a_page_is_found_at_its_first_host_else_by_its_name() -> None:
    by_host = replace(PAGE, hosts=("status.acme.test", "other.test"))
    assert by_host.address("https://hub.test:8443") == "https://status.acme.test"
    assert PAGE.address("https://hub.test:8443") == "https://hub.test:8443/pages/main"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Status.Example.org", "status.example.org"),
        ("status.example.org:8443", "status.example.org"),
        ("status.example.org.", "status.example.org"),
        ("[::1]:7070", "[::1]"),
        ("[2001:DB8::1]", "[2001:db8::1]"),
        ("[2001:0db8:0:0:0:0:0:1]:80", "[2001:db8::1]"),
        ("Status.Example.org.:443", "status.example.org"),
        ("status.example.org..", "status.example.org."),
        ("192.0.2.1:80", "192.0.2.1"),
        ("", ""),
        (".", ""),
        (":80", ""),
        ("::1", ""),
        ("[", ""),
        ("[]", ""),
        ("[::1", ""),
        ("[status.example.org]", ""),
        ("[::1%25eth0]", "[::1%25eth0]"),
    ],
)
def test_a_host_is_compared_by_its_name(header: str, name: str) -> None:
    assert host_name(header) == name

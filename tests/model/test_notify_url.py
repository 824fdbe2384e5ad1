"""URLs of where people are told."""

import pytest
from tests.model.refused import refused_path

from tocsin.model.notify_url import check, mailbox, scheme, veiled


@pytest.mark.parametrize(
    "urls",
    [
        (),
        ("slack://a/b/c", "MAILTO://anna@example.org"),
        tuple(f"a://{n}" for n in range(10)),
    ],
)
def test_urls_are_taken(urls: tuple[str, ...]) -> None:
    check(urls)


@pytest.mark.parametrize(
    ("urls", "path"),
    [
        (("a://b", "a://b"), "notify"),
        (tuple(f"a://{n}" for n in range(11)), "notify"),
        (("a://b", "slack"), "notify.1"),
        (("a://",), "notify.0"),
        (("a://b c",), "notify.0"),
        (("a://b\n",), "notify.0"),
        (("a://bü",), "notify.0"),
        ((f"a://{'b' * 1_021}",), "notify.0"),
        (("mailto://anna:secret@example.org",), "notify.0"),
        (("mailtos://example.org?user=anna&to=bert@example.org",), "notify.0"),
    ],
)
def test_others_are_refused(urls: tuple[str, ...], path: str) -> None:
    assert refused_path(lambda: check(urls)) == path


def test_a_url_for_mail_is_of_an_address() -> None:
    assert mailbox("mailto://Anna@Example.org") == "anna@example.org"


def test_of_a_veiled_url_the_scheme_alone_is_seen() -> None:
    assert scheme("Slack://a/b") == "slack"
    assert veiled("Slack://a/b") == "slack://..."

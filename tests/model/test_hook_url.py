"""The URLs that webhooks may be called at."""

import pytest

from tocsin.model.errors import Refused
from tocsin.model.hook_url import read_url


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://example.org", "https://example.org"),
        (" HTTP://Example.ORG:8080/Path?Q=1#part ", "http://example.org:8080/Path?Q=1"),
        ("https://intranet/hook", "https://intranet/hook"),
        ("https://10.0.0.1/hook", "https://10.0.0.1/hook"),
        ("https://[2001:DB8::1]:443/hook", "https://[2001:db8::1]:443/hook"),
        ("https://example.org./hook", "https://example.org./hook"),
    ],
)
def test_a_url_is_kept_without_its_fragment(typed: str, kept: str) -> None:
    assert read_url(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example.org",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://",
        "https://?a",
        "https://user@example.org",
        "https://user:password@example.org",
        "https://@example.org",
        "https://example.org:port",
        "https://example.org:0",
        "https://example.org:99999",
        "https://8.8.8.8.",
        "https://256.1.1.1",
        "https://[::1",
        "https://[::1%25eth0]/",
        "https://[v1.a]/",
        "https://[::1]x/",
        "https://x[::1]/",
        "https://exa mple.org",
        "https://exa\r\nmple.org",
        "https://ex\u00e4mple.org",
        "https://-example.org",
        "https://example.org\\@10.0.0.1/",
        f"https://example.org/{'a' * 2_000}",
    ],
)
def test_what_no_webhook_can_be_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="url: must"):
        read_url(typed)

"""What the owner of an endpoint is told."""

from dataclasses import replace

from tests.model.endpoints import CLOUDEVENTS

from tocsin.model.endpoint import Reason
from tocsin.wire.endpoint_telling import disabled, warned
from tocsin.wire.telling import Text

# 2023-11-14 22:13:20 UTC
SINCE_MS = 1_700_000_000_123


def test_a_warning_says_since_when_why_and_how_long_yet() -> None:
    assert warned(CLOUDEVENTS, SINCE_MS, "answered 503") == Text(
        "[Warning] Endpoint failing: Hook",
        "Nothing has arrived since 2023-11-14 22:13 UTC: answered 503.\n"
        "It will be disabled if that goes on until 2023-11-19 22:13 UTC.",
    )


def test_the_end_says_what_can_be_done() -> None:
    assert disabled(CLOUDEVENTS, Reason.FAILING, SINCE_MS, "timeout") == Text(
        "[Critical] Endpoint disabled: Hook",
        "Nothing has arrived since 2023-11-14 22:13 UTC: timeout.\n"
        "What was on its way is cancelled. Enable it, then replay what it has missed.",
    )


def test_who_wants_no_more_is_no_matter_of_time() -> None:
    body = disabled(CLOUDEVENTS, Reason.GONE, SINCE_MS, "answered 410").body
    assert body.startswith("It wants no more: answered 410.\n")


def test_a_name_of_several_lines_makes_one() -> None:
    named = replace(CLOUDEVENTS, name="Hook\r\nBcc: eve@example.org")
    assert warned(named, SINCE_MS, "").title.endswith(": Hook Bcc: eve@example.org")
    assert disabled(named, Reason.GONE, SINCE_MS, "").title.endswith(": Hook Bcc: eve@example.org")

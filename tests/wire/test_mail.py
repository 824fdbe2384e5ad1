"""Messages that mail servers and mail readers take as they are meant."""

import email
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default

from tocsin.wire.letter import Letter
from tocsin.wire.mail import Envelope, message

LETTER = Letter(
    "[Störung] Größe: " + "sehr lang " * 20 + "!",
    "Grüße\n" + "x" * 2_000,
    "<p>Grüße</p>",
    "issue-1",
)
ENVELOPE = Envelope(
    id="0123456789abcdef01234567",
    sender="Störung <status@acme.test>",
    recipient="you@example.org",
    page="https://status.a-rather-long-name-for-a-host.of-a-company.acme.test:8443",
    at_ms=1_700_000_000_999,
    stop=f"https://status.a-rather-long-name-for-a-host.acme.test/subscription/{'T' * 32}/stop",
)


def parsed(raw: bytes) -> EmailMessage:
    made = email.message_from_bytes(raw, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def test_a_message_comes_back_as_it_was_meant() -> None:
    made = parsed(message(LETTER, ENVELOPE))
    assert made["Subject"] == LETTER.subject
    assert made["From"] == ENVELOPE.sender
    assert made["To"] == ENVELOPE.recipient
    assert made["Date"].datetime.timestamp() == 1_700_000_000
    plain, html = made.get_body(("plain",)), made.get_body(("html",))
    assert plain is not None
    assert plain.get_content().splitlines() == LETTER.text.splitlines()
    assert html is not None
    assert html.get_content().strip() == LETTER.html


def test_it_is_ascii_in_lines_that_every_server_takes() -> None:
    raw = message(LETTER, ENVELOPE)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_one_click_ends_the_subscription_and_its_link_is_written_whole() -> None:
    lines = message(LETTER, ENVELOPE).decode().split("\r\n")
    assert f"List-Unsubscribe: <{ENVELOPE.stop}>" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_letters_of_one_issue_are_a_thread_and_each_try_is_the_same_message() -> None:
    domain = "status.a-rather-long-name-for-a-host.of-a-company.acme.test"
    lines = message(LETTER, ENVELOPE).decode().split("\r\n")
    assert f"Message-ID: <{ENVELOPE.id}@{domain}>" in lines
    assert f"References: <issue-1@{domain}>" in lines


def test_nobody_answers_a_machine() -> None:
    made = parsed(message(LETTER, ENVELOPE))
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["X-Auto-Response-Suppress"] == "All"


def test_a_letter_to_somebody_without_subscription_has_nothing_to_end() -> None:
    made = parsed(message(replace(LETTER, thread=None), replace(ENVELOPE, stop=None, page="x")))
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "References"):
        assert name not in made
    assert made["Message-ID"] == f"<{ENVELOPE.id}@localhost>"

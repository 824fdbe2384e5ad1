"""How people want to be told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.model.refused import refused_path

from tocsin.model import contact
from tocsin.model.contact import Contact, Quiet
from tocsin.model.severity import Severity
from tocsin.model.silence import Weekly

EVERY_DAY = tuple(range(1, 8))
CHAT = Contact("slack://a/b/c")
NIGHTS = replace(CHAT, quiet=Quiet(Weekly(EVERY_DAY, "22:00", "06:00")))
GRAVE = replace(CHAT, severities=(Severity.CRITICAL,))


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2023-11-{text}+00:00").timestamp())


@pytest.mark.parametrize(
    ("to", "severity", "moment", "due"),
    [
        (CHAT, Severity.INFO, "17T23:00", "17T23:00"),
        (GRAVE, Severity.CRITICAL, "17T23:00", "17T23:00"),
        (GRAVE, Severity.WARNING, "17T23:00", None),
        (NIGHTS, Severity.CRITICAL, "17T21:59", "17T21:59"),
        (NIGHTS, Severity.CRITICAL, "17T22:00", "18T06:00"),
        (
            replace(CHAT, quiet=Quiet(Weekly((6, 7), "00:00", "00:00"))),
            Severity.INFO,
            "18T09:00",
            "20T00:00",
        ),
        (
            replace(CHAT, quiet=Quiet(Weekly(EVERY_DAY, "00:00", "00:00"))),
            Severity.INFO,
            "18T09:00",
            None,
        ),
    ],
)
def test_somebody_is_told_when_they_want_to_be(
    to: Contact, severity: Severity, moment: str, due: str | None
) -> None:
    expected = None if due is None else at(due)
    assert contact.due_at(to, severity, at(moment), UTC) == expected


def test_contacts_are_taken() -> None:
    contact.check((CHAT, replace(NIGHTS, url="tgram://a/b")))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (Contact("slack"), "notify.1"),
        (
            replace(GRAVE, url="a://b", severities=(Severity.INFO, Severity.INFO)),
            "notify.1.severities",
        ),
        (Contact("a://b", quiet=Quiet(Weekly((8,), "22:00", "06:00"))), "notify.1.quiet.days"),
        (Contact("a://b", quiet=Quiet(Weekly((1,), "22", "06:00"))), "notify.1.quiet.from_time"),
    ],
)
def test_others_are_refused(wrong: Contact, path: str) -> None:
    assert refused_path(lambda: contact.check((CHAT, wrong))) == path


def test_a_veiled_contact_keeps_all_but_its_secrets() -> None:
    assert contact.veiled(GRAVE) == replace(GRAVE, url="slack://...")

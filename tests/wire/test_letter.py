"""Letters say what happened, in order, in the page's language and time zone."""

import re
from dataclasses import fields, replace

import pytest
from tests.letters import ISSUE, LINKS, NAMES, PAGE, WORK, bulletin, said

from tocsin.model.bulletin import Kind
from tocsin.model.issue import IssueLabel, UpdateLabel
from tocsin.model.page import Language
from tocsin.wire.letter import Letter, invitation, news
from tocsin.wire.letter_words import LETTER_WORDS

GERMAN = replace(PAGE, language=Language.GERMAN, timezone="Europe/Berlin")


def test_a_letter_about_one_issue_reads_like_this() -> None:
    assert news(PAGE, NAMES, [bulletin(0, Kind.CREATED)], LINKS) == Letter(
        subject="[Acme] Investigating: Slow answers",
        text="""\
Investigating: Slow answers
Affects: Website
https://status.acme.test/issues/issue1

14 Nov 2023, 22:13 UTC - Investigating
We are on it.

--\N{SPACE}
You get this because you subscribed to Acme.
Choose what you hear of: https://status.acme.test/subscription/TOKEN
Unsubscribe: https://status.acme.test/subscription/TOKEN/stop
""",
        html=news(PAGE, NAMES, [bulletin(0, Kind.CREATED)], LINKS).html,
        thread="issue-issue1",
    )


def test_the_html_says_what_the_text_says() -> None:
    letter = news(PAGE, NAMES, [bulletin(0, Kind.CREATED)], LINKS)
    for part in ("Slow answers", "<p>We are on it.</p>", "Website", *LINKS):
        assert part in letter.html
    assert "<script" not in letter.html
    assert "<img" not in letter.html


def test_a_digest_tells_each_issue_once_the_latest_first() -> None:
    other = replace(ISSUE, id="issue2", title="Lost mail", label=None)
    letter = news(
        PAGE,
        NAMES,
        [
            bulletin(1, Kind.CREATED),
            bulletin(2, Kind.CREATED, other),
            bulletin(3, Kind.UPDATED, update=said(UpdateLabel.MONITORING, "Better.")),
            bulletin(4, Kind.RESOLVED, update=said(UpdateLabel.RESOLVED, "Good again.")),
        ],
        LINKS,
    )
    assert letter.subject == "[Acme] Resolved: Slow answers (and 1 more)"
    assert letter.thread is None
    told = [line for line in letter.text.splitlines() if re.match(r"[A-Z].*: |\d+ Nov", line)]
    assert told == [
        "Resolved: Slow answers",
        "Affects: Website",
        "14 Nov 2023, 22:17 UTC - Resolved",
        "14 Nov 2023, 22:16 UTC - Monitoring",
        "14 Nov 2023, 22:14 UTC - Investigating",
        "New issue: Lost mail",
        "Affects: Website",
        "14 Nov 2023, 22:15 UTC - New issue",
        "Choose what you hear of: https://status.acme.test/subscription/TOKEN",
        "Unsubscribe: https://status.acme.test/subscription/TOKEN/stop",
    ]


def test_maintenance_is_told_with_its_window_in_the_zone_of_the_page() -> None:
    announced = bulletin(0, Kind.ANNOUNCED, WORK)
    letter = news(PAGE, NAMES, [announced], LINKS)
    assert letter.subject == "[Acme] Maintenance announced: Move"
    window = "14 Nov 2023, 23:13 UTC to 15 Nov 2023, 00:13 UTC"
    assert window in letter.text
    assert window in letter.html
    german = news(GERMAN, NAMES, [announced], LINKS)
    assert german.subject == "[Acme] Wartung angekündigt: Move"
    assert "15. Nov. 2023, 00:13 CET bis 15. Nov. 2023, 01:13 CET" in german.text
    assert '<html lang="de">' in german.html


def test_turns_without_words_are_told_by_their_name_alone() -> None:
    letter = news(PAGE, NAMES, [bulletin(0, Kind.STARTED, WORK)], LINKS)
    assert "Maintenance started\n\n-- " in letter.text
    assert "We are on it" not in letter.text
    assert "<p>We are on it.</p>" not in letter.html


def test_an_update_without_label_is_an_update() -> None:
    letter = news(PAGE, NAMES, [bulletin(0, Kind.UPDATED, update=said(None, "Hm."))], LINKS)
    assert letter.subject == "[Acme] Update: Slow answers"


def test_components_of_other_pages_are_not_named() -> None:
    letter = news(PAGE, {}, [bulletin(0, Kind.CREATED)], LINKS)
    assert "Affects" not in letter.text + letter.html


def test_what_people_wrote_cannot_break_out() -> None:
    issue = replace(
        ISSUE, title='<b>"Odd"</b>\r\nBcc: all@example.org', label=IssueLabel.IDENTIFIED
    )
    page = replace(PAGE, name="Acme\r\nX: y <i>")
    letter = news(page, {"web": "<u>Web</u>"}, [bulletin(0, Kind.CREATED, issue)], LINKS)
    assert letter.subject == '[Acme X: y <i>] Identified: <b>"Odd"</b> Bcc: all@example.org'
    for tag in ("<b>", "<i>", "<u>"):
        assert tag not in letter.html
    asked = invitation(page, "a@b.example", ["<u>Web</u>\r\n"], "https://status.acme.test/s")
    assert "\r" not in asked.text + asked.subject
    assert "<u>" not in asked.html


@pytest.mark.parametrize("language", Language)
def test_an_invitation_says_what_for_and_leads_to_the_confirmation(language: Language) -> None:
    page, link = replace(PAGE, language=language), "https://status.acme.test/subscribe/TOKEN"
    words = LETTER_WORDS[language]
    every = invitation(page, "you@example.org", None, link)
    some = invitation(page, "you@example.org", ["Website", "API"], link)
    assert every.subject == f"[Acme] {words.confirm_subject}"
    assert every.thread is None
    for letter, wanted in (
        (every, words.confirm_all),
        (some, words.confirm_some.format(names="Website, API")),
    ):
        for text in (letter.text, letter.html):
            assert link in text
            assert "you@example.org" in text
            assert wanted in text


def test_every_language_has_the_same_words() -> None:
    english = LETTER_WORDS[Language.ENGLISH]
    for words in LETTER_WORDS.values():
        assert len(words.months) == 12
        assert words.kinds.keys() == set(Kind)
        assert words.labels.keys() == english.labels.keys()
        for field in fields(words):
            said_here, said_there = getattr(words, field.name), getattr(english, field.name)
            if isinstance(said_here, str):
                assert set(re.findall(r"{\w+}", said_here)) == set(re.findall(r"{\w+}", said_there))

"""What people are told."""

from dataclasses import replace

import pytest
from tests.model.incidents import ANNA, BERT, MANUAL, by, made, raised

from tocsin.model.incident_command import (
    Decision,
    assign,
    create,
    recover,
    reopen,
    storm,
    time_out,
)
from tocsin.model.incident_merge import merge
from tocsin.model.telling import Occasion
from tocsin.wire.telling import Text, text

CLOSED = time_out(raised(), by(None, 1)).incident


def told(occasion: Occasion, decision: Decision) -> Text:
    entry, incident = decision.steps[-1]
    return text(occasion, entry, incident)


def test_it_says_which_incident_how_bad_and_how_it_stands() -> None:
    busy = replace(raised(), alert_cnt=3, description=" Only 1 % left \n")
    assert told(Occasion.NEW, assign(busy, (BERT,), by(None), level=1)) == Text(
        "[Warning] New: Disk full",
        "#F60718 in Shop: Triggered, Warning, 3 alerts\nOnly 1 % left",
    )


@pytest.mark.parametrize(
    ("occasion", "decision", "title", "line"),
    [
        (Occasion.ASSIGNED, assign(made(), (BERT,), by(ANNA)), "Assigned to you", "By Anna"),
        (
            Occasion.ESCALATED,
            assign(raised(), (BERT,), by(None), level=2, reason="assignment rule"),
            "Escalated to you",
            "Nobody has acknowledged it yet.",
        ),
        (Occasion.STORM, storm(raised(), 50, by(None)), "Alert storm", "50 alerts have come."),
        (
            Occasion.RESOLVED,
            recover(raised(), by(None)),
            "Resolved",
            "All alerts have recovered.",
        ),
        (
            Occasion.RESOLVED,
            time_out(raised(), by(None)),
            "Resolved",
            "No alerts for too long.",
        ),
        (Occasion.REOPENED, reopen(CLOSED, "Again", by(ANNA)), "Reopened", "By Anna: Again"),
        (Occasion.REOPENED, reopen(CLOSED, "", by(ANNA)), "Reopened", "By Anna"),
    ],
)
def test_it_says_what_has_happened(
    occasion: Occasion, decision: Decision, title: str, line: str
) -> None:
    said = told(occasion, decision)
    assert said.title.partition("] ")[2].startswith(f"{title}: ")
    assert said.body.splitlines()[1] == line


def test_it_says_into_which_incident_one_was_merged() -> None:
    source = replace(raised(), id="656e0c80a1b2c3d4e5f60719")
    merged = merge(made(), [source], "", by(ANNA))
    assert "Merged into #F60718." in told(Occasion.RESOLVED, merged.sources[0]).body


def test_long_texts_are_cut_and_titles_are_one_line() -> None:
    long = replace(raised(), title="Disk\nfull " * 99, description="x" * 9_999)
    said = told(Occasion.RESOLVED, recover(long, by(None)))
    assert "\n" not in said.title
    assert (len(said.title), len(said.body)) < (250, 800)
    assert (said.title[-3:], said.body[-3:]) == ("...", "...")


def test_an_incident_may_be_in_no_channel() -> None:
    said = told(Occasion.NEW, create(MANUAL, (BERT,), by(ANNA)))
    assert said.body.startswith("#F60718: Triggered, Critical")

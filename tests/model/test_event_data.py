"""What events carry: what is written can be read, and nothing that should not be there is."""

import json
from dataclasses import replace

from tocsin.model import event_data
from tocsin.model.component import Component, State
from tocsin.model.issue import IssueEvent, NewIssue, NewUpdate, UpdateLabel, create, update
from tocsin.model.page import Group, Language, Link, Logo, LogoType, Page, Visibility
from tocsin.model.template import Template

PAGE = Page(
    "p1",
    "main",
    "Main",
    "about",
    ("status.test",),
    "Europe/Berlin",
    Visibility.PRIVATE,
    (Group("g1", "Group", ("c1",)), Group(None, None, ("c2",))),
    7,
)
DRESSED = replace(
    PAGE,
    logo=Logo(LogoType.SVG, "0f"),
    accent="#0055cc",
    links=(Link("Help", "https://acme.test"),),
    language=Language.GERMAN,
    text_above="*a*",
    text_above_html="<p><em>a</em></p>\n",
    text_below="b",
    text_below_html="<p>b</p>\n",
    show_bars=False,
    show_uptime=False,
    history_days=30,
    robots=False,
)
COMPONENT = Component("c1", "API", "", State.OUTAGE, State.OPERATIONAL, False, 7)
STANDING = create(NewIssue("i1", "Title", "b", "<p>b</p>\n", ("c1",)), 100).issue


def test_a_page_is_read_as_it_was_written() -> None:
    data = event_data.of_page(DRESSED)
    assert event_data.read_page(data) == DRESSED
    assert not event_data.has_rotated(data)
    assert set(json.loads(data)) == {"page"}


def test_a_rotation_stands_beside_the_page() -> None:
    data = event_data.of_page(PAGE, rotated=True)
    assert event_data.read_page(data) == PAGE
    assert event_data.has_rotated(data)
    assert json.loads(data)["rotated"] is True


def test_a_component_says_where_it_stands() -> None:
    data = event_data.of_component(COMPONENT, ("main", "inner"))
    read = event_data.read_component(data)
    assert (read.component, read.began_at) == (COMPONENT, None)
    assert json.loads(data)["component"]["pages"] == ["main", "inner"]


def test_a_status_says_what_was_before_it() -> None:
    data = event_data.of_status(COMPONENT, ("main",), State.DEGRADED, 90, None)
    read = event_data.read_component(data)
    assert (read.component, read.began_at) == (COMPONENT, 90)
    told = json.loads(data)
    assert told["component"]["pages"] == ["main"]
    assert (told["state"], told["previous"], told["time_down"]) == ("outage", "degraded", None)


def test_an_issue_is_written_without_its_updates() -> None:
    updated = update(STANDING, NewUpdate("u1", "said", label=UpdateLabel.MONITORING), 110)
    data = event_data.of_issue(updated.events[0], updated.issue, updated.update)
    read = event_data.read_issue(data)
    assert read.issue == replace(updated.issue, updates=())
    assert (read.update, read.updates) == (updated.update, None)
    assert set(json.loads(data)) == {"issue", "update"}
    assert "updates" not in json.loads(data)["issue"]


def test_an_update_says_of_the_override_only_what_it_was_given() -> None:
    silent = update(STANDING, NewUpdate("u1"), 110)
    clearing = update(STANDING, NewUpdate("u1", state_override=None), 110)
    for decided, written in [(silent, {}), (clearing, {"state_override": None})]:
        data = event_data.of_issue(IssueEvent.UPDATED, decided.issue, decided.update)
        assert json.loads(data)["update"] == {
            "id": "u1",
            "issue_id": "i1",
            "body": "",
            "body_html": "",
            "label": None,
            "created_at": 110,
            **written,
        }
        assert event_data.read_issue(data).update == decided.update


def test_what_nobody_made_an_update_for_has_none() -> None:
    read = event_data.read_issue(event_data.of_issue(IssueEvent.CREATED, STANDING))
    assert (read.update, read.updates) == (None, None)


def test_a_reopening_tells_all_updates_again() -> None:
    resolved = update(STANDING, NewUpdate("u1", label=UpdateLabel.RESOLVED), 110)
    reopened = update(resolved.issue, NewUpdate("u2"), 120)
    data = event_data.of_issue(reopened.events[0], reopened.issue, reopened.update)
    read = event_data.read_issue(data)
    assert read.updates == reopened.issue.updates
    assert read.update == reopened.update


def test_a_template_is_written_whole() -> None:
    template = Template("t1", "Load", "Heavy", "b", "<p>b</p>\n", None, State.OUTAGE, ("c1",), 9)
    assert json.loads(event_data.of_template(template)) == {
        "template": {**vars(template), "component_ids": ["c1"]}
    }

"""What webhooks of subscribers are sent, and what counts as an answer to the challenge."""

import json

import pytest
from tests.letters import AT, ISSUE, LINKS, NAMES, PAGE, bulletin, said

from tocsin.model.bulletin import Kind
from tocsin.model.issue import UpdateLabel
from tocsin.wire import visitor_hook

URL = "https://status.acme.test"


def test_a_turn_of_an_issue_is_told_whole() -> None:
    told = bulletin(7, Kind.RESOLVED, update=said(UpdateLabel.RESOLVED, "Good again."))
    post = visitor_hook.news(PAGE, NAMES, told, LINKS, "id1")
    assert post.id == "id1"
    assert json.loads(post.body) == {
        "type": "issue.resolved",
        "timestamp": "2023-11-14T22:20:20Z",
        "data": {
            "page": {"slug": "main", "name": "Acme", "url": URL},
            "issue": {
                "id": "issue1",
                "url": f"{URL}/issues/issue1",
                "title": "Slow answers",
                "body": "We are on it.",
                "body_html": "<p>We are on it.</p>\n",
                "label": "investigating",
                "state_override": "degraded",
                "components": [{"id": "web", "name": "Website"}],
                "standing": True,
                "scheduled": False,
                "cancelled": False,
                "starts_at": None,
                "ends_at": None,
                "began_at": AT,
                "ended_at": None,
                "created_at": AT,
            },
            "update": {
                "id": "update1",
                "body": "Good again.",
                "body_html": "<p>Good again.</p>\n",
                "label": "resolved",
                "created_at": AT,
            },
            "sequence": "7",
            "manage_url": LINKS.manage,
            "stop_url": LINKS.stop,
        },
    }


def test_without_an_update_there_is_none() -> None:
    post = visitor_hook.news(PAGE, NAMES, bulletin(0, Kind.CREATED, ISSUE), LINKS, "id1")
    assert json.loads(post.body)["data"]["update"] is None


def test_the_challenge_says_for_which_page_it_is() -> None:
    post = visitor_hook.challenge("id1", PAGE, URL, "token", AT * 1_000)
    assert json.loads(post.body) == {
        "type": "subscription.challenge",
        "timestamp": "2023-11-14T22:13:20Z",
        "data": {"challenge": "token", "page": {"slug": "main", "name": "Acme", "url": URL}},
    }


def test_the_headers_are_those_of_standard_webhooks() -> None:
    post = visitor_hook.challenge("id1", PAGE, URL, "token", AT * 1_000)
    assert visitor_hook.headers(post, "v1,abc", AT) == {
        "Content-Type": "application/json",
        "webhook-id": "id1",
        "webhook-timestamp": str(AT),
        "webhook-signature": "v1,abc",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"token",
        b" token\r\n",
        b'"token"',
        b'{"challenge": "token"}',
        b'{"challenge":"token","a":1}',
    ],
)
def test_the_token_alone_is_an_echo(body: bytes) -> None:
    assert visitor_hook.echoes(body, "token")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"token token",
        b'["token"]',
        b'{"data": {"challenge": "token"}}',
        b'{"challenge": "other"}',
        b'{"challenge": ["token"]}',
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
    ],
)
def test_nothing_else_is(body: bytes) -> None:
    assert not visitor_hook.echoes(body, "token")


def test_a_service_that_repeats_what_it_is_sent_has_not_agreed() -> None:
    post = visitor_hook.challenge("id1", PAGE, URL, "token", AT * 1_000)
    assert not visitor_hook.echoes(post.body, "token")

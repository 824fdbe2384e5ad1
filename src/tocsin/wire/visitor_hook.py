"""What a webhook subscriber is sent: one JSON document a turn of an issue, and the challenge before
the first, both signed as Standard Webhooks has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from tocsin.model.bulletin import Bulletin
from tocsin.model.page import Page
from tocsin.wire.letter import Links

CHALLENGE = "subscription.challenge"


@dataclass(frozen=True)
class Post:
    """A request to a webhook, to be signed when it is sent. `id` is the same on every try."""

    id: str
    body: bytes


def challenge(id_: str, page: Page, page_url: str, token: str, at_ms: int) -> Post:
    """Asks the receiver to show that it wants this: it has to echo `token`."""
    data = {"challenge": token, "page": _page(page, page_url)}
    return _post(id_, CHALLENGE, at_ms, data)


def news(page: Page, names: Mapping[str, str], bulletin: Bulletin, links: Links, id_: str) -> Post:
    """Tells of one turn of an issue; `names` are those of the page's components, by id."""
    issue = bulletin.issue
    shown = {
        "id": issue.id,
        "url": f"{links.page}/issues/{issue.id}",
        "title": issue.title,
        "body": issue.body,
        "body_html": issue.body_html,
        "label": issue.label,
        "state_override": issue.state_override,
        "components": [
            {"id": one, "name": name} for one, name in names.items() if one in issue.component_ids
        ],
        "standing": issue.standing,
        "scheduled": issue.scheduled,
        "cancelled": issue.cancelled,
        "starts_at": issue.starts_at,
        "ends_at": issue.ends_at,
        "began_at": issue.began_at,
        "ended_at": issue.ended_at,
        "created_at": issue.created_at,
    }
    data = {
        "page": _page(page, links.page),
        "issue": shown,
        "update": _update(bulletin),
        "sequence": str(bulletin.sequence),
        "manage_url": links.manage,
        "stop_url": links.stop,
    }
    return _post(id_, f"issue.{bulletin.kind}", bulletin.at * 1_000, data)


def headers(post: Post, signature: str, at: int) -> dict[str, str]:
    """The request's headers; `signature` is of the post's id, `at` (Unix seconds) and its body."""
    return {
        "Content-Type": "application/json",
        "webhook-id": post.id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


def echoes(body: bytes, token: str) -> bool:
    """Whether an answer gives the token back: as its whole text, or as `challenge` in an object.

    No more than that counts: a service that answers with whatever it was sent has not agreed.
    """
    if body.strip() == token.encode():
        return True
    try:
        value = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return bool(value == token or (isinstance(value, dict) and value.get("challenge") == token))


def _post(id_: str, type_: str, at_ms: int, data: Mapping[str, Any]) -> Post:
    at = datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Post(id_, msgspec.json.encode({"type": type_, "timestamp": at, "data": data}))


def _page(page: Page, url: str) -> dict[str, str]:
    return {"slug": page.slug, "name": page.name, "url": url}


def _update(bulletin: Bulletin) -> dict[str, Any] | None:
    update = bulletin.update
    if update is None:
        return None
    return {
        "id": update.id,
        "body": update.body,
        "body_html": update.body_html,
        "label": update.label,
        "created_at": update.created_at,
    }

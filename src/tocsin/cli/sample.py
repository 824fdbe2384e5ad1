"""The demo's company: what its page shows at first, and what happens to it from then on."""

import asyncio
import time
from collections.abc import Mapping
from random import Random
from typing import NamedTuple

from tocsin.client import Client
from tocsin.client.operation import Level

SIGN_IN = "demo@localhost"

PAGE = {
    "name": "Harbour",
    "description": "How the services of Harbour, a company that does not exist, are doing.",
}

COMPONENTS = (
    ("Website", "What customers see", "harbour.example"),
    ("Dashboard", "What customers see", "Where customers manage their berths"),
    ("API", "What customers see", "Version 3, for customers' programs"),
    ("Database", "Behind it", "The primary and its two replicas"),
    ("Job queue", "Behind it", "Reports, invoices and imports"),
    ("Object storage", "Behind it", "Documents and pictures"),
    ("Email", None, "Notifications to customers"),
)

_DAY_S = 24 * 60 * 60


class Story(NamedTuple):
    """Something that goes wrong and is put right, one update after another."""

    component: str
    title: str
    state: str
    body: str
    updates: tuple[tuple[str, str], ...]


_STANDING = Story(
    "Job queue",
    "Reports take longer than usual",
    "degraded",
    "Reports are **up to ten minutes** late. Nothing is lost.",
    (
        ("identified", "One of the workers ran out of memory and keeps restarting."),
        ("monitoring", "The worker has more memory now. We are watching the queue drain."),
    ),
)

STORIES = (
    Story(
        "API",
        "More errors than usual",
        "degraded",
        "About 2 % of the requests fail. Repeating them helps.",
        (
            ("identified", "The deployment of 10 minutes ago is the cause."),
            ("monitoring", "It has been rolled back."),
            ("resolved", "The error rate is back to normal."),
        ),
    ),
    Story(
        "Email",
        "Emails are not sent",
        "outage",
        "No notifications have left since a few minutes ago.",
        (
            ("identified", "The provider does not accept connections."),
            ("resolved", "The provider is back, and what had waited has been sent."),
        ),
    ),
    Story(
        "Object storage",
        "Slow uploads",
        "degraded",
        "Uploads work, but take long.",
        (
            ("monitoring", "A full disk has been replaced."),
            ("resolved", "Uploads are as fast as ever."),
        ),
    ),
)

_HAPPENINGS: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("com.example.deployed", "deploy/website", {"version": "2.4.1", "by": "robin"}),
    ("com.example.deployed", "deploy/api", {"version": "3.18.0", "by": "kim"}),
    ("com.example.build.finished", "build/dashboard", {"result": "passed", "seconds": 74}),
    ("com.example.backup.finished", "backup/database", {"megabytes": 48213}),
    ("com.example.certificate.renewed", "certificate/harbour.example", {"days": 90}),
    ("com.example.scaled", "pool/workers", {"from": 4, "to": 6}),
)


# A build of the dashboard, as whoever waits for it sees it.
BUILD = "build-dashboard"
_BUILDING: tuple[tuple[str, Level], ...] = (
    ("Fetching the dependencies", "INFO"),
    ("  214 of 214, none has changed", ""),
    ("Compiling", "INFO"),
    ("  warning: `berths` is never read (src/plan.ts, line 41)", ""),
    ("Testing", "INFO"),
    ("  1,204 passed, 3 skipped", ""),
    ("The dashboard is built: 2.1 MB", "SUCCESS"),
)


async def set_up(client: Client, password: str) -> dict[str, str]:
    """Let today begin on the company's page; the ids of its components by name."""
    user = {"email": SIGN_IN, "name": "Demo", "role": "admin", "password": password}
    await client.call("POST", "/api/v1/users", user)
    listed = await client.call("GET", "/api/v1/components")
    components = {one["name"]: one["id"] for one in listed["data"]}
    await _announce_maintenance(client, components["Database"])
    issue_id = await _open(client, _STANDING, components)
    for label, body in _STANDING.updates:
        await _update(client, issue_id, label, body)
    return components


async def go_on(client: Client, components: Mapping[str, str], random: Random) -> None:
    """Let things happen, gently, until cancelled."""
    await asyncio.gather(
        _publish_now_and_then(client, random),
        _tell_stories(client, components, random),
        _build_again_and_again(client, random),
    )


async def _announce_maintenance(client: Client, component_id: str) -> None:
    in_two_days = (int(time.time()) // _DAY_S + 2) * _DAY_S
    maintenance = {
        "title": "Database upgrade",
        "body": "The database moves to its next version. Expect **short** interruptions.",
        "label": "maintenance",
        "component_ids": [component_id],
        "state_override": "degraded",
        "starts_at": in_two_days + 4 * 60 * 60,
        "ends_at": in_two_days + 5 * 60 * 60,
    }
    await client.call("POST", "/api/v1/issues", maintenance)


async def _publish_now_and_then(client: Client, random: Random) -> None:
    while True:
        await asyncio.sleep(random.uniform(2, 6))
        await client.publish(*random.choice(_HAPPENINGS))


async def _build_again_and_again(client: Client, random: Random) -> None:
    while True:
        async with client.operation(BUILD, name="Build of the dashboard", patience_s=1) as build:
            for body, level in _BUILDING:
                build.say(body, level)
                await asyncio.sleep(random.uniform(0.5, 3))
        await client.notify("life-preserver", "New snapshot of tank/berths", 1)
        await asyncio.sleep(random.uniform(5, 15))


async def _tell_stories(client: Client, components: Mapping[str, str], random: Random) -> None:
    while True:
        for story in random.sample(STORIES, len(STORIES)):
            await asyncio.sleep(random.uniform(10, 20))
            issue_id = await _open(client, story, components)
            for label, body in story.updates:
                await asyncio.sleep(random.uniform(8, 15))
                await _update(client, issue_id, label, body)


async def _open(client: Client, story: Story, components: Mapping[str, str]) -> str:
    issue = {
        "title": story.title,
        "body": story.body,
        "label": "investigating",
        "component_ids": [components[story.component]],
        "state_override": story.state,
    }
    return str((await client.call("POST", "/api/v1/issues", issue))["id"])


async def _update(client: Client, issue_id: str, label: str, body: str) -> None:
    update = {"label": label, "body": body}
    await client.call("POST", f"/api/v1/issues/{issue_id}/updates", update)

"""The demo's last three months, lived through before it starts: its history and its bars."""

from collections.abc import Iterator
from functools import partial
from random import Random
from typing import NamedTuple

from tocsin.app import components, issues, pages
from tocsin.app.components import NewComponent
from tocsin.app.pages import PageChanges, Place
from tocsin.cli.sample import COMPONENTS, PAGE, STORIES, Story
from tocsin.model.component import State
from tocsin.model.issue import IssueLabel, NewIssue, NewUpdate, UpdateLabel
from tocsin.store.store import open_store
from tocsin.store.tx import Tx
from tocsin.wire import markdown

DAYS = 89

_DAY_MS = 24 * 60 * 60 * 1_000
_MINUTE_MS = 60 * 1_000


class _TurnedClock:
    """A clock that shows what it was turned to."""

    def __init__(self, now_ms: int) -> None:
        self.time_ms = now_ms

    def now_ms(self) -> int:
        return self.time_ms


class _Step(NamedTuple):
    """What is said of an issue, so many minutes after it began."""

    after: int
    label: UpdateLabel
    body: str


async def live_through(url: str, now_ms: int, random: Random) -> None:
    """Make the company's page in the new store at `url`, as if it had been watched for `DAYS`."""
    clock = _TurnedClock(now_ms - DAYS * _DAY_MS)
    store = open_store(url, clock, readers=1)
    await store.start()
    try:
        ids = (await store.change(_found)).value
        for began_ms, story in _happened(clock.time_ms, now_ms, random):
            clock.time_ms = began_ms
            issue_id = (await store.change(partial(_open, story, ids[story.component]))).value
            for step in _told(story, random):
                clock.time_ms = began_ms + step.after * _MINUTE_MS
                await store.change(partial(_tell, issue_id, step))
    finally:
        await store.stop()


def _found(tx: Tx) -> dict[str, str]:
    """The page and its components; their ids by name."""
    pages.ensure_main(tx)
    main = pages.get(tx.conn, "main")
    pages.edit(tx, main, PageChanges(name=PAGE["name"], description=PAGE["description"]))
    return {name: _add(tx, name, group, description) for name, group, description in COMPONENTS}


def _add(tx: Tx, name: str, group: str | None, description: str) -> str:
    return components.create(tx, NewComponent(name, description), Place(group=group)).component.id


def _happened(since_ms: int, until_ms: int, random: Random) -> Iterator[tuple[int, Story]]:
    """What went wrong when, oldest first, all of it over by now."""
    at = since_ms
    while (at := at + random.randint(3, 16) * _DAY_MS + random.randint(0, _DAY_MS)) < until_ms:
        if at < until_ms - _DAY_MS:
            yield at, random.choice(STORIES)


def _told(story: Story, random: Random) -> Iterator[_Step]:
    after = 0
    for label, body in story.updates:
        after += random.randint(6, 70)
        yield _Step(after, UpdateLabel(label), body)


def _open(story: Story, component_id: str, tx: Tx) -> str:
    new = NewIssue(
        tx.new_id(),
        story.title,
        story.body,
        markdown.html(story.body),
        (component_id,),
        label=IssueLabel.INVESTIGATING,
        state_override=State(story.state),
    )
    return issues.create(tx, new).issue.id


def _tell(issue_id: str, step: _Step, tx: Tx) -> None:
    said = NewUpdate(tx.new_id(), step.body, markdown.html(step.body), step.label)
    issues.update(tx, issues.get(tx.conn, issue_id), said)

"""Writes docs/reference/incident-lifecycle.md from the table that decides: `make docs`."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.model.errors import Code
from tocsin.model.incident import COURSE, Cell, Command, Depends, IncidentEvent, Progress

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "incident-lifecycle.md"

_TEXT = """\
# The lifecycle of an incident

<!-- Written by `make docs` from `model/incident.py`; change it there. -->

An incident is born `Triggered`, which says `{born}`. From then on this table decides: a cell is
the progress that follows and the event that says so, or the code of the refusal (409), which
changes nothing.

{table}

¹ `Processing` if somebody has acknowledged the incident or it is snoozed, else `Triggered`. A
snooze that runs out says `i_assign` only where there are responders, who are assigned again.

Beside the table, an open incident refuses the same person's second ack (`{already}`),
an unack by who has not acknowledged (`{not_acknowledged}`), a wake when it is not
snoozed (`{not_snoozed}`), and giving back what is not merged into it
(`{not_merged}`). What changes nothing (an edit to what is there, a responder who is one,
a storm told before) is no event.

```mermaid
stateDiagram-v2
{diagram}
```
"""


def page() -> str:
    """The page as it has to be."""
    return _TEXT.format(
        born=IncidentEvent.NEW,
        table="\n".join(_table()),
        diagram="\n".join(_diagram()),
        already=Code.INCIDENT_ALREADY_ACKNOWLEDGED,
        not_acknowledged=Code.INCIDENT_NOT_ACKNOWLEDGED,
        not_snoozed=Code.INCIDENT_NOT_SNOOZED,
        not_merged=Code.INCIDENT_NOT_MERGED,
    )


def _table() -> list[str]:
    rows = [["", *(f"`{progress}`" for progress in Progress)], ["---"] * (1 + len(Progress))]
    for command in Command:
        cells = (COURSE[progress].get(command) for progress in Progress)
        rows.append([command.value, *map(_cell, cells)])
    return [f"| {' | '.join(row)} |" for row in rows]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Code):
        return f"409 `{cell}`"
    follows, event = cell
    return f"{'¹' if isinstance(follows, Depends) else follows} `{event}`"


def _diagram() -> list[str]:
    ways: dict[tuple[Progress, Progress], list[str]] = {}
    for progress, row in COURSE.items():
        for cell in row.values():
            for follows, event in _ways(cell):
                told = ways.setdefault((progress, follows), [])
                if event not in told:
                    told.append(event)
    born = f"    [*] --> Triggered: {IncidentEvent.NEW}"
    moves = ((one, two, told) for (one, two), told in ways.items() if one is not two)
    return [born, *(f"    {one} --> {two}: {', '.join(told)}" for one, two, told in moves)]


def _ways(cell: Cell) -> Iterator[tuple[Progress, IncidentEvent]]:
    if isinstance(cell, Code):
        return
    follows, event = cell
    if isinstance(follows, Progress):
        yield follows, event
        return
    yield Progress.TRIGGERED, event
    yield Progress.PROCESSING, event


if __name__ == "__main__":
    PAGE.write_text(page())

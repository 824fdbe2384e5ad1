"""Incidents that turn out to be one, and that turn out not to be."""

from collections.abc import Sequence
from typing import NamedTuple

from tocsin.model.errors import Code, invalid
from tocsin.model.incident import Command, Incident, allowed, refusal
from tocsin.model.incident_command import TEXT_LIMIT, Act, Decision, begin, check_text

SOURCES_LIMIT = 100


class Merged(NamedTuple):
    """What becomes of the sources, in order, and then of the target."""

    sources: tuple[Decision, ...]
    target: Decision


class Unmerged(NamedTuple):
    """What becomes of the source that goes, and then of the target."""

    source: Decision
    target: Decision


def merge(target: Incident, sources: Sequence[Incident], comment: str, act: Act) -> Merged:
    """Close each source, whose alerts are the target's from now on; then tell the target.

    Refused (`invalid`): no sources, too many, one twice, the target itself; `incident_closed` when
    any of them is. The comment may be empty.
    """
    check_text("comment", comment, TEXT_LIMIT)
    _check_sources(target, sources)
    ready = begin(target, act.now_ms)
    allowed(ready.incident.progress, Command.MERGE)
    joined = tuple(
        begin(one, act.now_ms).then(Command.JOIN, act, reason="merged", merged_into=target.id)
        for one in sources
    )
    detail = {"comment": comment} if comment else {}
    merged = [one.id for one in sources]
    return Merged(joined, ready.then(Command.MERGE, act, merged=merged, **detail))


def unmerge(target: Incident, source: Incident, act: Act) -> Unmerged:
    """Open a merged source again, whose alerts that are still the target's go back to it.

    Refused: `incident_closed` when the target is, `incident_not_merged` when the source is not, or
    no longer, merged into it.
    """
    ready = begin(target, act.now_ms)
    allowed(ready.incident.progress, Command.UNMERGE)
    if source.merged_into != target.id:
        raise refusal(Code.INCIDENT_NOT_MERGED)
    left = begin(source, act.now_ms).then(Command.LEAVE, act, reason=f"unmerged from {target.num}")
    said = f"{source.num} is unmerged: {source.title}"
    return Unmerged(left, ready.then(Command.UNMERGE, act, comment=said, unmerged=source.id))


def _check_sources(target: Incident, sources: Sequence[Incident]) -> None:
    ids = {one.id for one in sources}
    if not 1 <= len(sources) <= SOURCES_LIMIT or len(ids) < len(sources):
        raise invalid("source_ids", f"must be 1 to {SOURCES_LIMIT} different incidents")
    if target.id in ids:
        raise invalid("source_ids", "the target is none of its sources")

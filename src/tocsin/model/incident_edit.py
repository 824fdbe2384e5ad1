"""What an incident says, changed by hand; and resolving it, which may say more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET, UnsetType

from tocsin.model import custom_field
from tocsin.model.custom_field import Fields
from tocsin.model.errors import invalid
from tocsin.model.incident import Command, Incident, allowed
from tocsin.model.incident_command import (
    TEXT_LIMIT,
    TITLE_LIMIT,
    Act,
    Decision,
    begin,
    check_text,
)
from tocsin.model.severity import Severity
from tocsin.model.unset import without_unset

COMPONENTS_LIMIT = 100


@dataclass(frozen=True)
class Changes:
    """What an edit changes; UNSET leaves it as it is. `fields` are those that change, None empties
    one."""

    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    impact: str | UnsetType = UNSET
    root_cause: str | UnsetType = UNSET
    resolution: str | UnsetType = UNSET
    severity: Severity | UnsetType = UNSET
    fields: dict[str, Any] | UnsetType = UNSET
    component_ids: tuple[str, ...] | UnsetType = UNSET


_COMMANDS = {
    "title": Command.SET_TITLE,
    "description": Command.SET_DESCRIPTION,
    "impact": Command.SET_IMPACT,
    "root_cause": Command.SET_ROOT_CAUSE,
    "resolution": Command.SET_RESOLUTION,
    "severity": Command.SET_SEVERITY,
}

# One event that an edit makes: the command, and its detail.
_Step = tuple[Command, dict[str, Any]]


def edit(incident: Incident, changes: Changes, fields: Fields, act: Act) -> Decision:
    """Change what it says: one event for each field that really changes. `fields` are those of its
    channel. Refused (`invalid`) as `custom_field.filled`, and for what is too long or too many;
    whether the components exist is the caller's to check."""
    _check(changes)
    return _edited(begin(incident, act.now_ms), changes, fields, act)


def resolve(incident: Incident, changes: Changes, fields: Fields, act: Act) -> Decision:
    """Close it by hand, after what there is to say. Refused as `edit`."""
    _check(changes)
    ready = begin(incident, act.now_ms)
    allowed(ready.incident.progress, Command.RESOLVE)
    return _edited(ready, changes, fields, act).then(Command.RESOLVE, act)


def check_components(component_ids: tuple[str, ...]) -> None:
    """Refuse (`invalid`) too many or repeated components; an incident may affect none."""
    count = len(component_ids)
    if count > COMPONENTS_LIMIT or len(set(component_ids)) < count:
        raise invalid("component_ids", f"must be at most {COMPONENTS_LIMIT} different components")


def _check(changes: Changes) -> None:
    for name, value in without_unset(changes).items():
        if name == "component_ids":
            check_components(value)
        elif name == "title":
            check_text(name, value, TITLE_LIMIT, least=1)
        elif name not in ("fields", "severity"):
            check_text(name, value, TEXT_LIMIT)


def _edited(ready: Decision, changes: Changes, fields: Fields, act: Act) -> Decision:
    for command, detail in _steps(ready.incident, changes, fields):
        ready = ready.then(command, act, **detail)
    return ready


def _steps(incident: Incident, changes: Changes, fields: Fields) -> Iterator[_Step]:
    given = without_unset(changes)
    for name, command in _COMMANDS.items():
        before = getattr(incident, name)
        if given.get(name, before) != before:
            yield command, {"from": before, "to": given[name]}
    for name, value in custom_field.filled(fields, given.get("fields", {})).items():
        was = incident.fields.get(name)
        if was != value:
            yield Command.SET_FIELD, {"field_name": name, "from": was, "to": value}
    component_ids = given.get("component_ids", incident.component_ids)
    if component_ids != incident.component_ids:
        names = {"from": list(incident.component_ids), "to": list(component_ids)}
        yield Command.SET_FIELD, {"attribute": "component_ids", **names}

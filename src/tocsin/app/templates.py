"""What can be done with issue templates, as units of work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from tocsin.app.issues import check_existing
from tocsin.model import event_data
from tocsin.model import issue as course
from tocsin.model import template as model
from tocsin.model.component import State
from tocsin.model.errors import invalid, not_found
from tocsin.model.issue import IssueLabel
from tocsin.model.template import Template
from tocsin.model.unset import without_unset
from tocsin.store import templates
from tocsin.store.tx import Tx


@dataclass(frozen=True)
class NewTemplate:
    """What the caller gives to make a template, the rendered body included."""

    name: str
    title: str
    body: str = ""
    body_html: str = ""
    label: IssueLabel | None = None
    state_override: State | None = None
    component_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class TemplateChanges:
    """What an edit changes; UNSET leaves a field as it is."""

    name: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    body_html: str | UnsetType = UNSET
    label: IssueLabel | UnsetType | None = UNSET
    state_override: State | UnsetType | None = UNSET
    component_ids: tuple[str, ...] | UnsetType = UNSET


def get(conn: Connection, template_id: str) -> Template:
    """The template of that id. Refused: not_found."""
    template = templates.find(conn, template_id)
    if template is None:
        raise not_found("issue template")
    return template


def create(tx: Tx, new: NewTemplate) -> Template:
    """Make a template. Refused (invalid): repeated components, or some that do not exist."""
    template = Template(id=tx.new_id(), created_at=tx.now, **vars(new))
    _check_components(tx, template)
    templates.add(tx.conn, template)
    _append(tx, "created", template)
    return template


def edit(tx: Tx, template: Template, changes: TemplateChanges) -> Template:
    """Change some fields of a template. Refused as `create`."""
    edited = replace(template, **without_unset(changes))
    if edited == template:
        return template
    _check_components(tx, edited)
    templates.save(tx.conn, edited)
    _append(tx, "edited", edited)
    return edited


def delete(tx: Tx, template: Template) -> None:
    """Remove a template. The issues made from it stay as they are."""
    templates.remove(tx.conn, template.id)
    _append(tx, "deleted", template)


def filled(conn: Connection, template_id: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an issue to be made: those given, the rest from the template if one is named.

    Refused (invalid): no such template, or no title or components from either.
    """
    template = None if template_id is None else templates.find(conn, template_id)
    if template_id is not None and template is None:
        raise invalid("template", "there is no such template")
    return model.fill(template, given)


def _check_components(tx: Tx, template: Template) -> None:
    """A template may leave the components to its issues."""
    if template.component_ids:
        course.check_components(template.component_ids)
        check_existing(tx.conn, template.component_ids)


def _append(tx: Tx, happened: str, template: Template) -> None:
    data = event_data.of_template(template)
    tx.append(f"tocsin.template.{happened}", f"template/{template.id}", data)

"""Issue templates in the database."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, true
from sqlalchemy import update as sql_update

from tocsin.model.component import State
from tocsin.model.issue import IssueLabel
from tocsin.model.template import Template
from tocsin.store.gathered import gathered
from tocsin.store.tables import template_components, templates


def find(conn: Connection, template_id: str) -> Template | None:
    """The template of that id."""
    return next(iter(_load(conn, templates.c.id == template_id)), None)


def listing(conn: Connection, before: str | None, limit: int) -> list[Template]:
    """Templates, newest first, with ids below `before`."""
    older = templates.c.id < before if before is not None else true()
    ids = select(templates.c.id).where(older).order_by(templates.c.id.desc()).limit(limit)
    return _load(conn, templates.c.id.in_(ids.scalar_subquery()))[::-1]


def add(conn: Connection, template: Template) -> None:
    """Keep a new template."""
    row = {"id": template.id, "created_at": template.created_at}
    conn.execute(insert(templates).values(**row, **_columns(template)))
    _name_components(conn, template)


def save(conn: Connection, template: Template) -> None:
    """Replace what is kept of a template."""
    conn.execute(
        sql_update(templates).where(templates.c.id == template.id).values(**_columns(template))
    )
    named = template_components.c.template_id == template.id
    conn.execute(delete(template_components).where(named))
    _name_components(conn, template)


def remove(conn: Connection, template_id: str) -> None:
    """Delete a template."""
    conn.execute(delete(templates).where(templates.c.id == template_id))


def _columns(template: Template) -> dict[str, Any]:
    kept = ("name", "title", "body", "body_html", "label", "state_override")
    return {name: getattr(template, name) for name in kept}


def _name_components(conn: Connection, template: Template) -> None:
    rows = [
        {"template_id": template.id, "component_id": component_id, "ordinal": at}
        for at, component_id in enumerate(template.component_ids)
    ]
    if rows:
        conn.execute(insert(template_components), rows)


def _load(conn: Connection, chosen: ColumnElement[bool]) -> list[Template]:
    """Templates, oldest first."""
    query = (
        select(template_components.c.template_id, template_components.c.component_id)
        .join_from(template_components, templates)
        .where(chosen)
        .order_by(template_components.c.ordinal)
    )
    named = gathered((row.template_id, row.component_id) for row in conn.execute(query))
    return [
        Template(
            id=row.id,
            name=row.name,
            title=row.title,
            body=row.body,
            body_html=row.body_html,
            label=row.label and IssueLabel(row.label),
            state_override=row.state_override and State(row.state_override),
            component_ids=tuple(named[row.id]),
            created_at=row.created_at,
        )
        for row in conn.execute(select(templates).where(chosen).order_by(templates.c.id))
    ]

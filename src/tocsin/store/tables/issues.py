"""Issues and their templates."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from tocsin.store.tables.metadata import metadata

issues = Table(
    "issues",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("state_override", Text),  # the last one given by the issue or one of its updates
    Column("standing", Boolean, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("announced", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("retrospective", Boolean, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("began_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # when the timer has to look at it next
    Column("from_at", BigInteger, nullable=False),  # what it lasted, see model/history.py
    Column("until_at", BigInteger),
    Column("version", Integer, nullable=False),
    Index("issues_due", "due_at"),
    Index("issues_from", "from_at", "id"),
    Index("issues_until", "until_at"),
    Index("issues_standing", "standing"),
)

issue_components = Table(
    "issue_components",
    metadata,
    Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Index("issue_components_component", "component_id"),
)

updates = Table(
    "updates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("sets_override", Boolean, nullable=False),  # False: the update said nothing about it
    Column("state_override", Text),
    Column("created_at", BigInteger, nullable=False),
    Index("updates_issue", "issue_id", "id"),
)

# What is said again and again, to make issues from.
templates = Table(
    "templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("state_override", Text),
    Column("created_at", BigInteger, nullable=False),
)

template_components = Table(
    "template_components",
    metadata,
    Column("template_id", Text, ForeignKey("templates.id", ondelete="CASCADE"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Index("template_components_component", "component_id"),
)

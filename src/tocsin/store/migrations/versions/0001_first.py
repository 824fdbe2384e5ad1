"""The first schema."""

import secrets

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    column,
    table,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table, and the log's one row with a new epoch."""
    _create_log()
    _create_memory_of_calls()
    _create_pages()
    _create_components()
    _create_issues()
    _create_templates()
    _create_access()
    _create_subscribers()
    _create_outbox()
    log = table("log", column("id"), column("epoch"), column("trimmed"))
    op.execute(log.insert().values(id=1, epoch=secrets.token_hex(6), trimmed=0))


def _create_log() -> None:
    op.create_table(
        "log",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("epoch", Text, nullable=False),
        Column("trimmed", BigInteger, nullable=False),
    )
    is_told = text(
        "(substr(topic, 1, 5) = 'page/' OR substr(topic, 1, 6) = 'issue/'"
        " OR substr(topic, 1, 10) = 'component/')"
    )
    op.create_table(
        "events",
        Column(
            "sequence",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("change", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("topic", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("time_ms", BigInteger, nullable=False),
        Column("recorded_ms", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Index("events_topic", "topic", "sequence"),
        Index("events_told", "sequence", sqlite_where=is_told, postgresql_where=is_told),
    )
    op.create_table(
        "snapshots",
        Column(
            "sequence",
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("recorded_ms", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
    )


def _create_memory_of_calls() -> None:
    op.create_table(
        "event_ids",
        Column("publisher", Text, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Index("event_ids_recorded", "recorded_at"),
    )
    op.create_table(
        "idempotency",
        Column("token_id", Text, primary_key=True),
        Column("method", Text, primary_key=True),
        Column("path", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("digest", LargeBinary, nullable=False),
        Column("status", Integer, nullable=False),
        Column("headers", Text, nullable=False),
        Column("body", LargeBinary),
        Column("about", Text),
        Column("recorded_at", BigInteger, nullable=False),
        Index("idempotency_recorded", "recorded_at"),
    )


def _create_pages() -> None:
    op.create_table(
        "pages",
        Column("id", Text, primary_key=True),
        Column("slug", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("timezone", Text, nullable=False),
        Column("visibility", Text, nullable=False),
        Column("bypass_token", Text, nullable=False),
        Column("accent", Text),
        Column("links", Text, nullable=False),
        Column("language", Text, nullable=False),
        Column("text_above", Text, nullable=False),
        Column("text_above_html", Text, nullable=False),
        Column("text_below", Text, nullable=False),
        Column("text_below_html", Text, nullable=False),
        Column("show_bars", Boolean, nullable=False),
        Column("show_uptime", Boolean, nullable=False),
        Column("history_days", Integer, nullable=False),
        Column("robots", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("version", Integer, nullable=False),
    )
    op.create_table(
        "page_hosts",
        Column("host", Text, primary_key=True),
        Column("page_id", Text, ForeignKey("pages.id"), nullable=False),
        Column("ordinal", Integer, nullable=False),
    )
    op.create_table(
        "page_logos",
        Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True),
        Column("type", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Index("page_logos_digest", "digest"),
    )
    op.create_table(
        "groups",
        Column("id", Text, primary_key=True),
        Column("page_id", Text, ForeignKey("pages.id"), nullable=False),
        Column("name", Text, nullable=False),
        Column("ordinal", Integer, nullable=False),
    )


def _create_components() -> None:
    op.create_table(
        "components",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("manual_state", Text, nullable=False),
        Column("follow_incidents", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "placements",
        Column("page_id", Text, ForeignKey("pages.id"), primary_key=True),
        Column("component_id", Text, ForeignKey("components.id"), primary_key=True),
        Column("group_id", Text, ForeignKey("groups.id")),
        Column("ordinal", Integer, nullable=False),
        Index("placements_component", "component_id"),
    )
    op.create_table(
        "statuses",
        Column("id", Text, primary_key=True),
        Column(
            "component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), nullable=False
        ),
        Column("state", Text, nullable=False),
        Column("began_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Index("statuses_component", "component_id", "id"),
        Index("statuses_ended", "component_id", "ended_at"),
    )


def _create_issues() -> None:
    op.create_table(
        "issues",
        Column("id", Text, primary_key=True),
        Column("title", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("body_html", Text, nullable=False),
        Column("label", Text),
        Column("state_override", Text),
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
        Column("due_at", BigInteger),
        Column("from_at", BigInteger, nullable=False),
        Column("until_at", BigInteger),
        Column("version", Integer, nullable=False),
        Index("issues_due", "due_at"),
        Index("issues_from", "from_at", "id"),
        Index("issues_until", "until_at"),
        Index("issues_standing", "standing"),
    )
    op.create_table(
        "issue_components",
        Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
        Column("component_id", Text, ForeignKey("components.id"), primary_key=True),
        Column("ordinal", Integer, nullable=False),
        Index("issue_components_component", "component_id"),
    )
    op.create_table(
        "updates",
        Column("id", Text, primary_key=True),
        Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
        Column("body", Text, nullable=False),
        Column("body_html", Text, nullable=False),
        Column("label", Text),
        Column("sets_override", Boolean, nullable=False),
        Column("state_override", Text),
        Column("created_at", BigInteger, nullable=False),
        Index("updates_issue", "issue_id", "id"),
    )


def _create_templates() -> None:
    op.create_table(
        "templates",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("body_html", Text, nullable=False),
        Column("label", Text),
        Column("state_override", Text),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "template_components",
        Column(
            "template_id", Text, ForeignKey("templates.id", ondelete="CASCADE"), primary_key=True
        ),
        Column(
            "component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("ordinal", Integer, nullable=False),
        Index("template_components_component", "component_id"),
    )


def _create_access() -> None:
    op.create_table(
        "people",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("email", Text),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "users",
        Column("id", Text, primary_key=True),
        Column("email", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("password_hash", Text, nullable=False),
        Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "tokens",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("digest", LargeBinary, nullable=False, unique=True),
        Column("scopes", Text, nullable=False),
        Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE")),
        Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )


def _create_subscribers() -> None:
    op.create_table(
        "subscribers",
        Column("id", Text, primary_key=True),
        Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
        Column("medium", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("everything", Boolean, nullable=False),
        Column("token", Text, nullable=False, unique=True),
        Column("secret", Text),
        Column("bypass_token", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("quiet_until_ms", BigInteger, nullable=False),
        Column("failing_since", BigInteger),
        Index("subscribers_target", "page_id", "medium", "target", unique=True),
    )
    op.create_table(
        "subscriber_components",
        Column(
            "subscriber_id",
            Text,
            ForeignKey("subscribers.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column(
            "component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
        ),
        Index("subscriber_components_component", "component_id"),
    )
    op.create_table(
        "opt_ins",
        Column("id", Text, primary_key=True),
        Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
        Column("medium", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("limited_by", Text, nullable=False),
        Column("everything", Boolean, nullable=False),
        Column("component_ids", Text, nullable=False),
        Column("token", Text, nullable=False, unique=True),
        Column("secret", Text),
        Column("bypass_token", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("subscriber_id", Text, ForeignKey("subscribers.id", ondelete="CASCADE")),
        Index("opt_ins_limited", "limited_by", "created_at"),
        Index("opt_ins_created", "created_at"),
        Index("opt_ins_page", "page_id"),
        Index("opt_ins_subscriber", "subscriber_id"),
    )


def _create_outbox() -> None:
    op.create_table(
        "bulletins",
        Column("id", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("issue_id", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("spread_to", Text),
        Index("bulletins_spread", "spread_to"),
        Index("bulletins_issue", "issue_id"),
    )
    op.create_table(
        "outbox",
        Column("id", Text, primary_key=True),
        Column("medium", Text, nullable=False),
        Column("subscriber_id", Text, ForeignKey("subscribers.id", ondelete="CASCADE")),
        Column("opt_in_id", Text, ForeignKey("opt_ins.id", ondelete="CASCADE")),
        Column("due_ms", BigInteger, nullable=False),
        Column("tries", Integer, nullable=False),
        Index("outbox_due", "medium", "due_ms", "id"),
        Index("outbox_subscriber", "subscriber_id", "id"),
        Index("outbox_opt_in", "opt_in_id"),
    )
    op.create_table(
        "outbox_bulletins",
        Column("outbox_id", Text, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
        Column(
            "bulletin_id", Text, ForeignKey("bulletins.id", ondelete="CASCADE"), primary_key=True
        ),
        Index("outbox_bulletins_bulletin", "bulletin_id"),
    )

"""Incidents, their timelines and their alerts."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Text,
    TextClause,
    text,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_IS_OPEN = text("(closed_at = 0 AND status <> 'Ok')")
_ENDS = text("(closed_at = 0 AND ends_at > 0)")


def _partial(name: str, columns: list[str], where: TextClause) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Create the tables."""
    _create_incidents()
    _create_timeline()
    _create_alerts()
    _create_channels()
    _create_tellings()
    op.create_index("components_name", "components", ["name"])
    op.add_column("people", Column("notify", Text))
    op.add_column("people", Column("deleted_at", BigInteger))


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        Column("id", Text, primary_key=True),
        Column("title", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("impact", Text, nullable=False),
        Column("root_cause", Text, nullable=False),
        Column("resolution", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("progress", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
        Column("start_time", BigInteger, nullable=False),
        Column("last_time", BigInteger, nullable=False),
        Column("end_time", BigInteger, nullable=False),
        Column("ack_time", BigInteger, nullable=False),
        Column("close_time", BigInteger, nullable=False),
        Column("snoozed_before", BigInteger, nullable=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("heard_at", BigInteger, nullable=False),
        Column("labels", Text),
        Column("fields", Text, nullable=False),
        Column("creator", Text),
        Column("closer", Text),
        Column("responders", Text, nullable=False),
        Column("alert_cnt", Integer, nullable=False),
        Column("channel_id", Integer, nullable=False),
        Column("channel_name", Text, nullable=False),
        Column("group_method", Text, nullable=False),
        Column("dedup_key", Text, nullable=False),
        Column("by_hand", Text, nullable=False),
        Column("storms", Text, nullable=False),
        Column("merged_into", Text),
        Column("event_ms", BigInteger, nullable=False),
        Column("version", Integer, nullable=False),
        Index("incidents_progress", "progress", "id"),
        Index("incidents_channel", "channel_id", "progress", "id"),
        Index("incidents_dedup", "channel_id", "dedup_key", "progress", "id"),
        Index("incidents_snoozed", "snoozed_before"),
        Index("incidents_heard", "channel_id", "progress", "heard_at"),
        Index("incidents_merged", "merged_into"),
    )
    op.create_table(
        "incident_components",
        Column(
            "incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
        ),
        Column(
            "component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("ordinal", Integer, nullable=False),
        Index("incident_components_component", "component_id"),
    )


def _create_timeline() -> None:
    op.create_table(
        "timeline",
        Column("id", Text, primary_key=True),
        Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("type", Text, nullable=False),
        Column("event_ms", BigInteger, nullable=False),
        Column("person", Text),
        Column("detail", Text, nullable=False),
        Index("timeline_incident", "incident_id", "sequence"),
    )
    op.create_table(
        "incident_issues",
        Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
        Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
        Index("incident_issues_incident", "incident_id"),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        Column("id", Text, primary_key=True),
        Column("integration_id", Text, nullable=False),
        Column("alert_key", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("labels", Text, nullable=False),
        Column("start_time", BigInteger, nullable=False),
        Column("last_time", BigInteger, nullable=False),
        Column("end_time", BigInteger, nullable=False),
        Column("event_cnt", Integer, nullable=False),
        Column("ends_at", BigInteger, nullable=False),
        Column("closed_at", BigInteger, nullable=False),
        Column("kept_out", Text),
        Column("incident_id", Text, ForeignKey("incidents.id", ondelete="SET NULL")),
        Column("origin_id", Text),
        Column("channel_id", Integer, nullable=False),
        Column("component_id", Text, ForeignKey("components.id", ondelete="SET NULL")),
        Column("changes", Text, nullable=False),
        Column("flapping", Boolean, nullable=False),
        Index("alerts_incident", "incident_id", "id"),
        Index("alerts_integration", "integration_id", "id"),
        Index("alerts_key", "alert_key", "integration_id", "id"),
        _partial("alerts_open", ["incident_id", "status"], _IS_OPEN),
        _partial("alerts_heard", ["channel_id", "last_time"], _IS_OPEN),
        _partial("alerts_ends", ["ends_at"], _ENDS),
        Index("alerts_component", "component_id"),
    )


def _create_channels() -> None:
    op.create_table(
        "channels",
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("name", Text, nullable=False),
        Column("timezone", Text, nullable=False),
        Column("grouping", Text, nullable=False),
        Column("storm_thresholds", Text, nullable=False),
        Column("close_on_recovery", Boolean, nullable=False),
        Column("close_after_s", Integer, nullable=False),
        Column("closing_since", BigInteger, nullable=False),
        Column("assignment", Text, nullable=False),
        Column("silences", Text, nullable=False),
        Column("inhibitions", Text, nullable=False),
        Column("flapping", Text, nullable=False),
        Column("fields", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("deleted_at", BigInteger),
    )
    op.create_table(
        "integrations",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("channel_id", Integer, ForeignKey("channels.id"), nullable=False),
        Column("key", Text, nullable=False, unique=True),
        Column("labels", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("person_id", Integer),
        Index("integrations_channel", "channel_id"),
    )
    op.create_table(
        "heartbeats",
        Column(
            "integration_id",
            Text,
            ForeignKey("integrations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        Column("name", Text, primary_key=True),
        Column("every_s", BigInteger, nullable=False),
        Column("beat_ms", BigInteger, nullable=False),
        Column("silent_ms", BigInteger, nullable=False),
        Column("due_ms", BigInteger),
        Index("heartbeats_due", "due_ms"),
    )


def _create_tellings() -> None:
    op.create_table(
        "escalations",
        Column(
            "incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("levels", Text, nullable=False),
        Column("number", Integer, nullable=False),
        Column("wait_s", Integer, nullable=False),
        Column("due_at", BigInteger),
        Index("escalations_due", "due_at"),
    )
    op.create_table(
        "tellings",
        Column("id", Text, primary_key=True),
        Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
        Column("person_id", Integer, nullable=False),
        Column("url", Text, nullable=False),
        Column("occasion", Text, nullable=False),
        Column("severity", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("due_ms", BigInteger),
        Column("tries", Integer, nullable=False),
        Column("result", Text),
        Column("reason", Text),
        Column("ended_at", BigInteger),
        Index("tellings_due", "due_ms"),
        Index("tellings_incident", "incident_id", "id"),
        Index("tellings_ended", "ended_at"),
    )

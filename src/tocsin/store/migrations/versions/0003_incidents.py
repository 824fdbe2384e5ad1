"""Incidents, their timelines and their alerts."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create_incidents()
    _create_timeline()
    _create_alerts()


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
        Index("incidents_snoozed", "snoozed_before"),
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
        Column("closed_at", BigInteger, nullable=False),
        Column("kept_out", Text),
        Column("incident_id", Text, ForeignKey("incidents.id", ondelete="SET NULL")),
        Column("origin_id", Text),
        Column("component_id", Text, ForeignKey("components.id", ondelete="SET NULL")),
        Index("alerts_incident", "incident_id", "id"),
        Index("alerts_key", "integration_id", "alert_key", "id"),
        Index("alerts_component", "component_id"),
    )

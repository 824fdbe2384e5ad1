"""Incidents, what happened to them, and the alerts that made them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from tocsin.store.tables.metadata import metadata

# Columns of JSON say so. `channel_id` is 0 without a channel; times are 0 where there is none.
# `heard_at` is the later of `last_time` and `opened_at`.
incidents = Table(
    "incidents",
    metadata,
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
    Column("labels", Text),  # JSON
    Column("fields", Text, nullable=False),  # JSON
    Column("creator", Text),  # JSON
    Column("closer", Text),  # JSON
    Column("responders", Text, nullable=False),  # JSON
    Column("alert_cnt", Integer, nullable=False),
    Column("channel_id", Integer, nullable=False),
    Column("channel_name", Text, nullable=False),
    Column("group_method", Text, nullable=False),
    Column("dedup_key", Text, nullable=False),
    Column("by_hand", Text, nullable=False),  # JSON
    Column("storms", Text, nullable=False),  # JSON
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

incident_components = Table(
    "incident_components",
    metadata,
    Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Index("incident_components_component", "component_id"),
)

# What happened to an incident: the events of the log that are its own, kept longer than those.
timeline = Table(
    "timeline",
    metadata,
    Column("id", Text, primary_key=True),
    Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("event_ms", BigInteger, nullable=False),
    Column("person", Text),  # JSON; NULL: it happened by itself
    Column("detail", Text, nullable=False),  # JSON
    Index("timeline_incident", "incident_id", "sequence"),
)

# Issues that were posted about an incident.
incident_issues = Table(
    "incident_issues",
    metadata,
    Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), nullable=False),
    Index("incident_issues_incident", "incident_id"),
)

# Alerts that take events, and those of them that will end by themselves. Queries have to say it in
# these very words for the indexes below to serve them.
IS_OPEN = text("(closed_at = 0 AND status <> 'Ok')")
ENDS = text("(closed_at = 0 AND ends_at > 0)")

# `closed_at` is when its incident was closed by hand, `kept_out` what keeps it out of incidents.
# `origin_id` is the incident that it made or joined at first, before any merging; `component_id`
# what its label `component` names. `changes` are when its key lately began and ended to complain.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("integration_id", Text, nullable=False),
    Column("alert_key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("labels", Text, nullable=False),  # JSON
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
    Column("changes", Text, nullable=False),  # JSON
    Column("flapping", Boolean, nullable=False),
    Index("alerts_incident", "incident_id", "id"),
    Index("alerts_integration", "integration_id", "id"),
    Index("alerts_key", "alert_key", "integration_id", "id"),
    # Partial on PostgreSQL too, as in the log.
    Index("alerts_open", "incident_id", "status", sqlite_where=IS_OPEN),
    Index("alerts_heard", "channel_id", "last_time", sqlite_where=IS_OPEN),
    Index("alerts_ends", "ends_at", sqlite_where=ENDS),
    Index("alerts_component", "component_id"),
)

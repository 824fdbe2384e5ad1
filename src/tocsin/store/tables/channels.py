"""Channels, and the integrations that bring alerts to them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from tocsin.store.tables.metadata import metadata

# Columns of JSON say so. `closing_since` is since when `close_after_s` is as it is. A channel that
# was deleted stays as a row, so that its number is not given to another.
channels = Table(
    "channels",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("grouping", Text, nullable=False),  # JSON
    Column("storm_thresholds", Text, nullable=False),  # JSON
    Column("close_on_recovery", Boolean, nullable=False),
    Column("close_after_s", Integer, nullable=False),
    Column("closing_since", BigInteger, nullable=False),
    Column("assignment", Text, nullable=False),  # JSON
    Column("silences", Text, nullable=False),  # JSON
    Column("inhibitions", Text, nullable=False),  # JSON
    Column("flapping", Text, nullable=False),  # JSON
    Column("fields", Text, nullable=False),  # JSON
    Column("created_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
)

# The key is kept as it is, since who may change an integration may see it again. `person_id` is who
# the integration is where only people can act, once it has acted.
integrations = Table(
    "integrations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel_id", Integer, ForeignKey("channels.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("labels", Text, nullable=False),  # JSON
    Column("created_at", BigInteger, nullable=False),
    Column("person_id", Integer),
    Index("integrations_channel", "channel_id"),
)

# What beats regularly. `due_ms` is until when the next beat may take, NULL while it is silent.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column(
        "integration_id", Text, ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    Column("every_s", BigInteger, nullable=False),
    Column("beat_ms", BigInteger, nullable=False),
    Column("silent_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Index("heartbeats_due", "due_ms"),
)

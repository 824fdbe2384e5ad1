"""Who is to be asked next about an incident, and what people are told of it, and of
endpoints that are theirs."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from tocsin.store.tables.metadata import metadata

# `due_at` is NULL while asking rests. A row goes when the last people were asked.
escalations = Table(
    "escalations",
    metadata,
    Column("incident_id", Text, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    Column("levels", Text, nullable=False),  # JSON
    Column("number", Integer, nullable=False),
    Column("wait_s", Integer, nullable=False),
    Column("due_at", BigInteger),
    Index("escalations_due", "due_at"),
)

# `topic` is what it is about. `url` holds secrets until the telling is over; then nothing is left
# of it but the scheme. Of one that is over `due_ms` is NULL and `result` says how it ended,
# `ended_at` when.
tellings = Table(
    "tellings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("topic", Text, nullable=False),
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
    Index("tellings_topic", "topic", "id"),
    Index("tellings_ended", "ended_at"),
)

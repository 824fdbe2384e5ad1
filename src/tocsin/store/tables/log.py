"""The log, and what keeps repeated calls from being done twice."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from tocsin.store.tables.metadata import metadata

# One row. `trimmed` is the sequence of the newest event that retention has removed; `endpoints`
# grows whenever an endpoint changes.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("trimmed", BigInteger, nullable=False),
    Column("endpoints", Integer, nullable=False, server_default="0"),
)

# Events of which boards are folded. Not LIKE, nor a range: what those find depends on the engine's
# collation. Queries have to say it in these very words for the index below to serve them.
IS_TOLD = text(
    "(substr(topic, 1, 5) = 'page/' OR substr(topic, 1, 6) = 'issue/'"
    " OR substr(topic, 1, 10) = 'component/')"
)

# Notices that were published; to be said in these very words too.
IS_NOTICE = text("type = 'tocsin.notice.published'")

events = Table(
    "events",
    metadata,
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
    # Partial on PostgreSQL too, as the migration has it: to name that dialect here would load it,
    # 4 MB and 50 ms, at every start.
    Index("events_told", "sequence", sqlite_where=IS_TOLD),
    Index("events_notices", "sequence", sqlite_where=IS_NOTICE),
)

# Boards as they stood once the event of that sequence, recorded at that time, had been committed.
snapshots = Table(
    "snapshots",
    metadata,
    Column(
        "sequence",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("recorded_ms", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Ids that publishers gave to their events, so that a repeated publish is stored once.
event_ids = Table(
    "event_ids",
    metadata,
    Column("publisher", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index("event_ids_recorded", "recorded_at"),
)

# First answers to calls that carried an Idempotency-Key.
idempotency = Table(
    "idempotency",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),  # a JSON object
    Column("body", LargeBinary),  # NULL: the answer held a secret and was not kept
    Column("about", Text),  # the id of what was made
    Column("recorded_at", BigInteger, nullable=False),
    Index("idempotency_recorded", "recorded_at"),
)

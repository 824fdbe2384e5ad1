"""Endpoints, what is on its way to them, and how it went."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from tocsin.store.tables.metadata import metadata

# Columns of JSON say so. One that was deleted stays until its deliveries are forgotten.
endpoints = Table(
    "endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("secret", Text, nullable=False),
    Column("previous_secrets", Text, nullable=False),  # JSON
    Column("event_types", Text, nullable=False),  # JSON
    Column("channels", Text, nullable=False),  # JSON
    Column("topics", Text, nullable=False),  # JSON
    Column("headers", Text, nullable=False),  # JSON
    Column("timeout_ms", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("order", Text, nullable=False),
    Column("verify_tls", Boolean, nullable=False),
    Column("rate_per_s", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("deleted_at", BigInteger),
)

# How an endpoint does. `failures` are the times (Unix ms) of the latest failures in a row,
# `failing_since_ms` is that of the first since the last success, `paused_until_ms` until when
# nothing is sent, `pauses` how many pauses there were in a row, `warned` the share of the way to
# being disabled that was warned of, in percent, `next_ms` when its rate allows the next request.
endpoint_health = Table(
    "endpoint_health",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("failures", Text, nullable=False),  # JSON
    Column("failing_since_ms", BigInteger),
    Column("paused_until_ms", BigInteger, nullable=False),
    Column("pauses", Integer, nullable=False),
    Column("warned", Integer, nullable=False),
    Column("last_success_ms", BigInteger),
    Column("last_failure_ms", BigInteger),
    Column("next_ms", BigInteger, nullable=False),
)

# The newest event of a key that was due at an endpoint: what the next one follows.
endpoint_keys = Table(
    "endpoint_keys",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("ordinal", BigInteger, nullable=False),
    Column("webhook_id", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Index("endpoint_keys_written", "written_at"),
)

# Queries have to say it in these very words for the indexes below to serve them. IN, with three or
# more, would cost as much as the rest of writing a row: SQLite makes a table of them each time.
IS_PENDING = text("(state = 'pending')")
IS_SENDING = text("(state = 'sending')")
IS_UNFINISHED = text("(state = 'pending' OR state = 'waiting' OR state = 'sending')")
IS_UNDELIVERED = text("(state = 'failed' OR state = 'superseded' OR state = 'cancelled')")

# Events on their way to endpoints. `worker` is who is sending one.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("webhook_id", Text, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("previous_id", Text),
    Column("superseded", Integer, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("worker", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("reason", Text),
    Index("deliveries_endpoint", "endpoint_id", "id"),
    Index("deliveries_event", "endpoint_id", "sequence"),
    # Partial on PostgreSQL too, as in the log.
    Index("deliveries_due", "endpoint_id", "due_ms", "sequence", sqlite_where=IS_PENDING),
    # With the worker, so that SQLite takes it, and no other, for what is about workers.
    Index("deliveries_sending", "endpoint_id", "worker", sqlite_where=IS_SENDING),
    # With the state, so that the first of many that wait is found without looking at the rest.
    Index("deliveries_key", "endpoint_id", "key", "state", "sequence", sqlite_where=IS_UNFINISHED),
    Index("deliveries_needed", "sequence", sqlite_where=IS_UNFINISHED),
    Index("deliveries_undelivered", "state", "id", sqlite_where=IS_UNDELIVERED),
    Index("deliveries_ended", "ended_ms"),
)

# What was sent and answered, without the body that was sent, which the log has.
attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", Text, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at_ms", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("url", Text, nullable=False),
    Column("request_headers", Text, nullable=False),  # JSON
    Column("status", Integer),
    Column("fault", Text),
    Column("response_headers", Text),  # JSON
    Column("response_body", LargeBinary),
)

# How many deliveries have ended how, those that were forgotten included.
delivery_counts = Table(
    "delivery_counts",
    metadata,
    Column("endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

# Who sends, and until when (Unix ms) what it has taken is left to it.
workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("alive_until_ms", BigInteger, nullable=False),
)

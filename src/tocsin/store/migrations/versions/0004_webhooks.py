"""Endpoints, deliveries to them and their attempts; tellings about whatever has a topic."""

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
    TextClause,
    text,
)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_IS_PENDING = text("(state = 'pending')")
_IS_SENDING = text("(state = 'sending')")
_IS_UNFINISHED = text("(state = 'pending' OR state = 'waiting' OR state = 'sending')")
_IS_UNDELIVERED = text("(state = 'failed' OR state = 'superseded' OR state = 'cancelled')")


def _partial(name: str, columns: list[str], where: TextClause) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Create the tables."""
    _create_endpoints()
    _create_deliveries()
    _tell_of_endpoints()
    op.add_column("log", Column("endpoints", Integer, nullable=False, server_default="0"))


def _create_endpoints() -> None:
    op.create_table(
        "endpoints",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("url", Text, nullable=False),
        Column("profile", Text, nullable=False),
        Column("owner", Integer, nullable=False),
        Column("secret", Text, nullable=False),
        Column("previous_secrets", Text, nullable=False),
        Column("event_types", Text, nullable=False),
        Column("channels", Text, nullable=False),
        Column("topics", Text, nullable=False),
        Column("headers", Text, nullable=False),
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
    op.create_table(
        "endpoint_health",
        Column(
            "endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("failures", Text, nullable=False),
        Column("failing_since_ms", BigInteger),
        Column("paused_until_ms", BigInteger, nullable=False),
        Column("pauses", Integer, nullable=False),
        Column("warned", Integer, nullable=False),
        Column("last_success_ms", BigInteger),
        Column("last_failure_ms", BigInteger),
        Column("next_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "endpoint_keys",
        Column(
            "endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("key", Text, primary_key=True),
        Column("ordinal", BigInteger, nullable=False),
        Column("webhook_id", Text, nullable=False),
        Column("written_at", BigInteger, nullable=False),
        Index("endpoint_keys_written", "written_at"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
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
        _partial("deliveries_due", ["endpoint_id", "due_ms", "sequence"], _IS_PENDING),
        _partial("deliveries_sending", ["endpoint_id", "worker"], _IS_SENDING),
        _partial("deliveries_key", ["endpoint_id", "key", "state", "sequence"], _IS_UNFINISHED),
        _partial("deliveries_needed", ["sequence"], _IS_UNFINISHED),
        _partial("deliveries_undelivered", ["state", "id"], _IS_UNDELIVERED),
        Index("deliveries_ended", "ended_ms"),
    )
    op.create_table(
        "attempts",
        Column(
            "delivery_id", Text, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("started_at_ms", BigInteger, nullable=False),
        Column("duration_ms", BigInteger, nullable=False),
        Column("url", Text, nullable=False),
        Column("request_headers", Text, nullable=False),
        Column("status", Integer),
        Column("fault", Text),
        Column("response_headers", Text),
        Column("response_body", LargeBinary),
    )
    op.create_table(
        "delivery_counts",
        Column(
            "endpoint_id", Text, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("state", Text, primary_key=True),
        Column("number", BigInteger, nullable=False),
    )
    op.create_table(
        "workers",
        Column("id", Text, primary_key=True),
        Column("alive_until_ms", BigInteger, nullable=False),
    )


def _tell_of_endpoints() -> None:
    for index in ("tellings_due", "tellings_incident", "tellings_ended"):
        op.drop_index(index, "tellings")
    op.rename_table("tellings", "tellings_of_incidents")
    op.create_table(
        "tellings",
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
    rest = (
        "person_id, url, occasion, severity, title, body, created_at, due_ms, tries, result,"
        " reason, ended_at"
    )
    op.execute(
        f"INSERT INTO tellings (id, topic, {rest})"
        f" SELECT id, 'incident/' || incident_id, {rest} FROM tellings_of_incidents"
    )
    op.drop_table("tellings_of_incidents")

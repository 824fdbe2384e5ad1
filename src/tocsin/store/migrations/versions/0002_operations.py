"""Sessions and sign-ins, operations and their runs, and what the message bus needs."""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Text, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _create_access()
    _create_operations()
    _create_bus()
    _find_notices()


def _create_access() -> None:
    op.create_table(
        "sessions",
        Column("id", Text, primary_key=True),
        Column("digest", LargeBinary, nullable=False, unique=True),
        Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE")),
        Column("token_id", Text, ForeignKey("tokens.id", ondelete="CASCADE")),
        Column("lifetime_s", Integer, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Index("sessions_user", "user_id"),
        Index("sessions_token", "token_id"),
        Index("sessions_expires", "expires_at"),
    )
    op.create_table(
        "sign_in_failures",
        Column("address", Text, primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("last_at", BigInteger, nullable=False),
        Column("blocked_until", BigInteger),
    )
    op.create_table(
        "ssl_keys",
        Column("id", Text, primary_key=True),
        Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column("public_key", Text, nullable=False),
        Column("nickname", Text, nullable=False),
        Column("email", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Index("ssl_keys_user", "user_id", "id"),
    )


def _create_operations() -> None:
    op.create_table(
        "operations",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("run", Integer, nullable=False),
        Column("sequence", BigInteger, nullable=False, unique=True),
    )
    op.create_table(
        "runs",
        Column(
            "operation_id", Text, ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True
        ),
        Column("run", Integer, primary_key=True, autoincrement=False),
        Column("opened_at", BigInteger, nullable=False),
        Column("opened", BigInteger, nullable=False),
        Column("messages", Integer, nullable=False),
        Column("newest", BigInteger),
        Column("outcome", Text),
        Column("closing_ms", BigInteger),
        Column("closed_at", BigInteger),
        Column("closed", BigInteger),
        Column("active_at", BigInteger),
        Index("runs_closing", "closing_ms"),
        Index("runs_closed", "closed_at"),
        Index("runs_active", "active_at"),
    )
    op.create_table(
        "tickets",
        Column("digest", LargeBinary, primary_key=True),
        Column("operation_id", Text, nullable=False),
        Column("after", BigInteger),
        Column("token_id", Text, ForeignKey("tokens.id", ondelete="CASCADE")),
        Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE")),
        Column("expires_at", BigInteger, nullable=False),
        Index("tickets_expires", "expires_at"),
    )


def _create_bus() -> None:
    op.create_table(
        "leases",
        Column("name", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("until_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "bus_positions",
        Column("stream", Text, primary_key=True),
        Column("created", Text, nullable=False),
        Column("sequence", BigInteger, nullable=False),
    )


def _find_notices() -> None:
    notices = text("type = 'tocsin.notice.published'")
    op.create_index(
        "events_notices", "events", ["sequence"], sqlite_where=notices, postgresql_where=notices
    )

"""Operations, their runs, and tickets to watch them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from tocsin.store.tables.metadata import metadata

# An operation, by the id its publisher gave. `run` is the number of its last run, `sequence` where
# that was opened.
operations = Table(
    "operations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False, unique=True),
)

# The runs of an operation, one after the other. Open until `closed_at`; `closing_ms` is when an
# open one is due to be closed with `outcome`. `opened` and `closed` are the sequences of those
# events, `newest` that of its last message. `active_at` is when an open one was last told or
# listened to.
runs = Table(
    "runs",
    metadata,
    Column("operation_id", Text, ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True),
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

# The right to watch one operation with an address alone: that of the token or session which asked
# for it. Once it is used it is for the run of which the log tells first beyond the sequence
# `after`. It has to be used before `expires_at`, and used again unless its operation is open.
tickets = Table(
    "tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("operation_id", Text, nullable=False),
    Column("after", BigInteger),
    Column("token_id", Text, ForeignKey("tokens.id", ondelete="CASCADE")),
    Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE")),
    Column("expires_at", BigInteger, nullable=False),
    Index("tickets_expires", "expires_at"),
)

"""Visitors who are told, and what is still to be sent to them."""

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
)

from tocsin.store.tables.metadata import metadata

# Those who are told by e-mail or webhook: kept out of the log, as they may ask to be forgotten.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
    Column("medium", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("everything", Boolean, nullable=False),  # else what subscriber_components names
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text),
    Column("bypass_token", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("quiet_until_ms", BigInteger, nullable=False),  # the next mail waits until then
    Column("failing_since", BigInteger),
    Index("subscribers_target", "page_id", "medium", "target", unique=True),
)

subscriber_components = Table(
    "subscriber_components",
    metadata,
    Column(
        "subscriber_id", Text, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    Index("subscriber_components_component", "component_id"),
)

# Subscriptions asked for and not confirmed, or confirmed just now.
opt_ins = Table(
    "opt_ins",
    metadata,
    Column("id", Text, primary_key=True),
    Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), nullable=False),
    Column("medium", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("limited_by", Text, nullable=False),  # the mailbox or host that requests are counted by
    Column("everything", Boolean, nullable=False),
    Column("component_ids", Text, nullable=False),  # space-separated
    Column("token", Text, nullable=False, unique=True),
    Column("secret", Text),
    Column("bypass_token", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("subscriber_id", Text, ForeignKey("subscribers.id", ondelete="CASCADE")),
    Index("opt_ins_limited", "limited_by", "created_at"),
    Index("opt_ins_created", "created_at"),
    Index("opt_ins_page", "page_id"),
    Index("opt_ins_subscriber", "subscriber_id"),
)

# What subscribers are to be told. `spread_to` is the last subscriber that has been looked at, NULL
# once all have.
bulletins = Table(
    "bulletins",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("issue_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),  # that of the event
    Column("spread_to", Text),
    Index("bulletins_spread", "spread_to"),
    Index("bulletins_issue", "issue_id"),
)

# What is still to be sent, to a subscriber or for an opt-in; a row goes when it is done. `due_ms`
# is when to try it, for one that is being tried when to take it for lost.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Text, primary_key=True),
    Column("medium", Text, nullable=False),
    Column("subscriber_id", Text, ForeignKey("subscribers.id", ondelete="CASCADE")),
    Column("opt_in_id", Text, ForeignKey("opt_ins.id", ondelete="CASCADE")),
    Column("due_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("outbox_due", "medium", "due_ms", "id"),
    Index("outbox_subscriber", "subscriber_id", "id"),
    Index("outbox_opt_in", "opt_in_id"),
)

outbox_bulletins = Table(
    "outbox_bulletins",
    metadata,
    Column("outbox_id", Text, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("bulletin_id", Text, ForeignKey("bulletins.id", ondelete="CASCADE"), primary_key=True),
    Index("outbox_bulletins_bulletin", "bulletin_id"),
)

"""The tables, as SQLAlchemy Core objects. Alembic's first revision creates exactly these.

Times are Unix seconds unless the name ends in `_ms`. Ids are 24 hex digits, ordered by time.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

# One row. `trimmed` is the sequence of the newest event that retention has removed.
log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("trimmed", BigInteger, nullable=False),
)

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

pages = Table(
    "pages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("visibility", Text, nullable=False),
    Column("bypass_token", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)

page_hosts = Table(
    "page_hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("page_id", Text, ForeignKey("pages.id"), nullable=False),
    Column("ordinal", Integer, nullable=False),
)

groups = Table(
    "groups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("page_id", Text, ForeignKey("pages.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
)

components = Table(
    "components",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("manual_state", Text, nullable=False),
    Column("follow_incidents", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Which components stand on which page, where. `group_id` NULL: ungrouped.
placements = Table(
    "placements",
    metadata,
    Column("page_id", Text, ForeignKey("pages.id"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id"), primary_key=True),
    Column("group_id", Text, ForeignKey("groups.id")),
    Column("ordinal", Integer, nullable=False),
    Index("placements_component", "component_id"),
)

# Each period a component spent in one effective state; the current one has no end.
statuses = Table(
    "statuses",
    metadata,
    Column("id", Text, primary_key=True),
    Column("component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("statuses_component", "component_id", "id"),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("state_override", Text),  # the last one given by the issue or one of its updates
    Column("standing", Boolean, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("announced", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("retrospective", Boolean, nullable=False),
    Column("starts_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("began_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),  # when the timer has to look at it next
    Column("version", Integer, nullable=False),
    Index("issues_due", "due_at"),
    Index("issues_standing", "standing"),
)

issue_components = Table(
    "issue_components",
    metadata,
    Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Index("issue_components_component", "component_id"),
)

updates = Table(
    "updates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("issue_id", Text, ForeignKey("issues.id", ondelete="CASCADE"), nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("sets_override", Boolean, nullable=False),  # False: the update said nothing about it
    Column("state_override", Text),
    Column("created_at", BigInteger, nullable=False),
    Index("updates_issue", "issue_id", "id"),
)

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("created_at", BigInteger, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # BLAKE2b of the secret
    Column("scopes", Text, nullable=False),  # space-separated
    Column("user_id", Text, ForeignKey("users.id", ondelete="CASCADE")),
    Column("person_id", Integer, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

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
    text,
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

# Events of which boards are folded. Not LIKE, nor a range: what those find depends on the engine's
# collation. Queries have to say it in these very words for the index below to serve them.
IS_TOLD = text(
    "(substr(topic, 1, 5) = 'page/' OR substr(topic, 1, 6) = 'issue/'"
    " OR substr(topic, 1, 10) = 'component/')"
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
    # Partial on PostgreSQL too, as the migration has it: to name that dialect here would load it,
    # 4 MB and 50 ms, at every start.
    Index("events_told", "sequence", sqlite_where=IS_TOLD),
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
    Column("accent", Text),
    Column("links", Text, nullable=False),  # a JSON array
    Column("language", Text, nullable=False),
    Column("text_above", Text, nullable=False),
    Column("text_above_html", Text, nullable=False),
    Column("text_below", Text, nullable=False),
    Column("text_below_html", Text, nullable=False),
    Column("show_bars", Boolean, nullable=False),
    Column("show_uptime", Boolean, nullable=False),
    Column("history_days", Integer, nullable=False),
    Column("robots", Boolean, nullable=False),
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

# The pictures that stand for the pages' names.
page_logos = Table(
    "page_logos",
    metadata,
    Column("page_id", Text, ForeignKey("pages.id", ondelete="CASCADE"), primary_key=True),
    Column("type", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("page_logos_digest", "digest"),
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
    Index("statuses_ended", "component_id", "ended_at"),
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
    Column("from_at", BigInteger, nullable=False),  # what it lasted, see model/history.py
    Column("until_at", BigInteger),
    Column("version", Integer, nullable=False),
    Index("issues_due", "due_at"),
    Index("issues_from", "from_at", "id"),
    Index("issues_until", "until_at"),
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

# What is said again and again, to make issues from.
templates = Table(
    "templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("body_html", Text, nullable=False),
    Column("label", Text),
    Column("state_override", Text),
    Column("created_at", BigInteger, nullable=False),
)

template_components = Table(
    "template_components",
    metadata,
    Column("template_id", Text, ForeignKey("templates.id", ondelete="CASCADE"), primary_key=True),
    Column("component_id", Text, ForeignKey("components.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, nullable=False),
    Index("template_components_component", "component_id"),
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

"""Pages and what stands on them."""

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
    Index("components_name", "name"),
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

"""The tables, as SQLAlchemy Core objects. Alembic's revisions create exactly these.

Times are Unix seconds unless the name ends in `_ms`. Ids are 24 hex digits, ordered by time, where
it is we who give them.
"""

from tocsin.store.tables.access import people, sessions, sign_in_failures, ssl_keys, tokens, users
from tocsin.store.tables.bus import bus_positions, leases
from tocsin.store.tables.channels import channels, heartbeats, integrations
from tocsin.store.tables.incidents import (
    ENDS,
    IS_OPEN,
    alerts,
    incident_components,
    incident_issues,
    incidents,
    timeline,
)
from tocsin.store.tables.issues import (
    issue_components,
    issues,
    template_components,
    templates,
    updates,
)
from tocsin.store.tables.log import (
    IS_NOTICE,
    IS_TOLD,
    event_ids,
    events,
    idempotency,
    log,
    snapshots,
)
from tocsin.store.tables.metadata import metadata
from tocsin.store.tables.operations import operations, runs, tickets
from tocsin.store.tables.pages import (
    components,
    groups,
    page_hosts,
    page_logos,
    pages,
    placements,
    statuses,
)
from tocsin.store.tables.subscribers import (
    bulletins,
    opt_ins,
    outbox,
    outbox_bulletins,
    subscriber_components,
    subscribers,
)
from tocsin.store.tables.telling import escalations, tellings
from tocsin.store.tables.webhooks import (
    IS_PENDING,
    IS_SENDING,
    IS_UNDELIVERED,
    IS_UNFINISHED,
    attempts,
    deliveries,
    delivery_counts,
    endpoint_health,
    endpoint_keys,
    endpoints,
    workers,
)

__all__ = [
    "ENDS",
    "IS_NOTICE",
    "IS_OPEN",
    "IS_PENDING",
    "IS_SENDING",
    "IS_TOLD",
    "IS_UNDELIVERED",
    "IS_UNFINISHED",
    "alerts",
    "attempts",
    "bulletins",
    "bus_positions",
    "channels",
    "components",
    "deliveries",
    "delivery_counts",
    "endpoint_health",
    "endpoint_keys",
    "endpoints",
    "escalations",
    "event_ids",
    "events",
    "groups",
    "heartbeats",
    "idempotency",
    "incident_components",
    "incident_issues",
    "incidents",
    "integrations",
    "issue_components",
    "issues",
    "leases",
    "log",
    "metadata",
    "operations",
    "opt_ins",
    "outbox",
    "outbox_bulletins",
    "page_hosts",
    "page_logos",
    "pages",
    "people",
    "placements",
    "runs",
    "sessions",
    "sign_in_failures",
    "snapshots",
    "ssl_keys",
    "statuses",
    "subscriber_components",
    "subscribers",
    "tellings",
    "template_components",
    "templates",
    "tickets",
    "timeline",
    "tokens",
    "updates",
    "users",
    "workers",
]

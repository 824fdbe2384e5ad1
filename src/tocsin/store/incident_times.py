"""When something happens to incidents by itself."""

from typing import NamedTuple

from sqlalchemy import Connection, ScalarSelect, select

from tocsin.model.incident import Progress
from tocsin.store.tables import channels, incidents


class Due(NamedTuple):
    """An incident, and when something happens to it (Unix seconds)."""

    incident_id: str
    at: int


_NEXT_AWAKE = (
    select(incidents.c.id, incidents.c.snoozed_before)
    .where(incidents.c.snoozed_before > 0)
    .order_by(incidents.c.snoozed_before, incidents.c.id)
    .limit(1)
)


def _quietest(progress: Progress) -> ScalarSelect[str]:
    """The id of the channel's incident of which nothing was heard for longest: one step into an
    index for each channel, however many incidents are open."""
    mine = (incidents.c.channel_id == channels.c.id, incidents.c.progress == progress)
    query = select(incidents.c.id).where(*mine).order_by(incidents.c.heard_at, incidents.c.id)
    return query.limit(1).correlate(channels).scalar_subquery()


_QUIET = [
    select(
        channels.c.close_after_s, channels.c.closing_since, _quietest(progress).label("incident_id")
    )
    .where(channels.c.close_after_s > 0, channels.c.deleted_at.is_(None))
    .subquery()
    for progress in (Progress.TRIGGERED, Progress.PROCESSING)
]
_QUIET_SINCE = [
    select(incidents.c.id, incidents.c.heard_at, quiet.c.closing_since, quiet.c.close_after_s).join(
        quiet, quiet.c.incident_id == incidents.c.id
    )
    for quiet in _QUIET
]


def next_awake(conn: Connection) -> Due | None:
    """Whose snooze runs out before all others, be it past or to come."""
    row = conn.execute(_NEXT_AWAKE).one_or_none()
    return None if row is None else Due(*row)


def next_closing(conn: Connection) -> Due | None:
    """Which incident is closed before all others because its channel waits for alerts no longer, be
    it past or to come."""
    due = [
        Due(incident_id, max(heard_at, since) + after_s)
        for query in _QUIET_SINCE
        for incident_id, heard_at, since, after_s in conn.execute(query)
    ]
    return min(due, key=lambda one: (one.at, one.incident_id), default=None)

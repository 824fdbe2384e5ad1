"""The streams: the live API, and the event API's own."""

import re

from starlette.types import Scope

from tocsin.app import rights
from tocsin.app.access import Access
from tocsin.app.live import LiveFeed, LiveSurface, Version
from tocsin.app.log_feeds import LogSurface
from tocsin.app.visitors import Doorkeeper, Visitor
from tocsin.http.auth import identify, secret_of
from tocsin.model import resume
from tocsin.model.position import Position
from tocsin.model.resume import Anchor, Moment, Verdict
from tocsin.push.dispatch import StreamRequest
from tocsin.push.stream import Opening
from tocsin.store import log
from tocsin.store.store import Store
from tocsin.wire import resume as resume_frame
from tocsin.wire import sse


def visitor_of(request: StreamRequest) -> Visitor:
    """Who asks for something of a page, and which page is meant."""
    return Visitor(
        slug=request.path.get("slug"),
        host=request.headers.get("host", ""),
        secret=secret_of(request.headers),
        bypass_token=request.first("bt"),
    )


_PAGE = r"(?:/pages/(?P<slug>[^/]+))?"
_COMPONENT = r"(?P<component_id>[^/]+)"
_LIVE_PATHS = {
    Version.V1: re.compile(rf"{_PAGE}/live(?:/{_COMPONENT})?"),
    Version.V2: re.compile(rf"{_PAGE}/live/v2/(?:status_page|component/{_COMPONENT})"),
}


class LiveStream:
    """The live API's streams, in one version, of the page by Host, and below `/pages/{slug}`:
    `/live` and `/live/{component_id}`; `/live/v2/status_page` and `/live/v2/component/{id}`."""

    cross_origin = True

    def __init__(self, version: Version, live: LiveSurface, doorkeeper: Doorkeeper) -> None:
        self.path = _LIVE_PATHS[version]
        self._version = version
        self._live = live
        self._doorkeeper = doorkeeper

    def serves(self, scope: Scope) -> bool:
        """Every request for its paths."""
        return True

    async def open(self, request: StreamRequest) -> Opening:
        """Let the visitor in. Refused: not_found, unauthorized."""
        visit = await self._doorkeeper.admit(visitor_of(request))
        key = LiveFeed(self._version, visit.slug, request.path["component_id"])
        self._live.opening(key)
        return Opening(visit.owner, lambda reader: self._live.join(reader, key))


_MEDIA_TYPE = sse.MEDIA_TYPE.encode()


class LogStream:
    """`GET /api/v1/events` as a stream: history after where the reader was, then live."""

    path = re.compile(r"/api/v1/events")
    cross_origin = False

    def __init__(self, surface: LogSurface, store: Store, access: Access) -> None:
        self._surface = surface
        self._store = store
        self._access = access

    def serves(self, scope: Scope) -> bool:
        """Requests to read that accept a stream; the rest are for the JSON of the same path."""
        return scope["method"] in ("GET", "HEAD") and any(
            name == b"accept" and _MEDIA_TYPE in value for name, value in scope["headers"]
        )

    async def open(self, request: StreamRequest) -> Opening:
        """Find the place to go on from. Refused: unauthorized, forbidden, invalid."""
        caller = await identify(request.headers, self._access)
        topics = await self._access.topics(caller, request.query.get("topic", ()))
        verdict = await self._verdict(request)
        opening = resume_frame.frame(verdict, self._store.epoch)
        return Opening(
            caller.id if caller else rights.ANYBODY,
            lambda reader: self._surface.join(reader, topics, opening, verdict.after),
        )

    async def _verdict(self, request: StreamRequest) -> Verdict:
        asked = await self._asked(request)
        store = self._store
        return resume.verdict(asked, store.epoch, store.head, store.first_available)

    async def _asked(self, request: StreamRequest) -> Position | Anchor:
        """`Last-Event-ID` (an empty one is none), then its twins in the query, then `since`."""
        seen = request.headers.get("last-event-id") or request.first("last_event_id", "lastEventId")
        if seen:
            return resume.parse_event_id(seen)
        since = resume.parse_since(request.first("since") or Anchor.LATEST)
        if not isinstance(since, Moment):
            return since
        time_ms = since.time_ms
        sequence = await self._store.read(lambda conn: log.sequence_at(conn, time_ms))
        return self._store.position(min(sequence, self._store.head))

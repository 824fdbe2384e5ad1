"""The composition root: settings in, a running service out. The one file that names the parts."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from starlette.types import ASGIApp

from tocsin import from_settings
from tocsin.app import board, heartbeats, pages, recent
from tocsin.app.access import Access
from tocsin.app.address_check import AddressCheck
from tocsin.app.admin import Made, ensure_admin
from tocsin.app.alert_intake import AlertIntake
from tocsin.app.backups import Backups, ScheduledBackups
from tocsin.app.beside import kept_up
from tocsin.app.bus_state import BusState
from tocsin.app.clock import AlarmClock, SystemClock
from tocsin.app.conversation import Conversation, Partners
from tocsin.app.custom_actions import CustomActions
from tocsin.app.deliverer import Deliverer
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.app.endpoint_samples import Samples
from tocsin.app.host_state import HostState
from tocsin.app.inboxes import Inboxes
from tocsin.app.intake_rate import IntakeRate
from tocsin.app.live import LiveSurface, Version
from tocsin.app.log_feeds import LogSurface
from tocsin.app.mail import MailCarrier
from tocsin.app.messengers import Messengers
from tocsin.app.metrics import Metrics
from tocsin.app.notice_feeds import NoticeFeeds
from tocsin.app.operation_intake import OperationIntake
from tocsin.app.operation_upkeep import Kept, OperationUpkeep
from tocsin.app.outgoing import Outgoing
from tocsin.app.past import Past
from tocsin.app.postman import Carrier, Postman
from tocsin.app.sign_in import SignIn
from tocsin.app.snapshots import Snapshots
from tocsin.app.subscriptions import Subscriptions
from tocsin.app.teller import Teller, Tellings
from tocsin.app.tickets import Tickets
from tocsin.app.timers import Timers
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.app.visitor_hooks import VisitorHookCarrier
from tocsin.app.visitors import Doorkeeper, Visit
from tocsin.app.withdrawal import Withdrawal
from tocsin.config import Settings
from tocsin.http import problems
from tocsin.http.answers import CountedAnswers
from tocsin.http.api import make_api
from tocsin.http.inbox import InboxStream
from tocsin.http.notices_socket import NoticesSocket
from tocsin.http.services import Services
from tocsin.http.streams import LiveStream, LogStream, visitor_of
from tocsin.listening import address_of, bind, uvicorn_config
from tocsin.model.board import Board
from tocsin.model.event import Change
from tocsin.model.owner import rests_on, taken
from tocsin.model.page import host_name
from tocsin.push.dispatch import Dispatcher, StreamRequest, StreamRoute
from tocsin.push.server import Server
from tocsin.store import inboxes
from tocsin.store.backup_folder import BackupFolder
from tocsin.store.store import Store, open_store
from tocsin.web.archive import Archive
from tocsin.web.editions import Editions
from tocsin.web.formats import Formats
from tocsin.web.live_page import PageStream, PageSurface
from tocsin.web.pictures import Pictures
from tocsin.web.routes import Website
from tocsin.web.site import Site
from tocsin.web.subscribing import SubscribingPages

if TYPE_CHECKING:  # nats costs a start 190 ms, and few services read it
    from tocsin.ingest.consumer import Consumer

_log = structlog.get_logger(__name__)


class Surface(Protocol):
    """What gets every committed change, in order, and gives feeds what it means to them."""

    def publish(self, change: Change) -> None:
        """Take one change. On the loop."""
        ...


@dataclass(frozen=True)
class Started:
    """What a start has to tell: where it answers, and secrets that were made just now."""

    url: str
    made: Made


class Service:
    """The running parts, joined. Made by `run` once the store is open."""

    def __init__(self, settings: Settings, store: Store, clock: AlarmClock, url: str) -> None:
        self._settings = settings
        self._store = store
        self.clock = clock
        self._url = url
        self.access = Access(store, clock)
        self.sign_in = SignIn(
            store,
            self.access,
            clock,
            limit=from_settings.sign_in_limit(settings.sign_in),
            exempt=settings.sign_in.exempt_networks,
            end=self._end,
        )
        self.past = Past(store, clock)
        self.snapshots = Snapshots(store)
        self.timers = Timers(store, clock)
        self.upkeep = Upkeep(store, Retention(settings.log.keep_days, settings.log.keep_events))
        self.backups = Backups(store, settings.store_url, settings.store.data)
        smtp = from_settings.smtp(settings.mail)
        asked = settings.subscribers
        reachable = settings.webhooks.allow_networks
        visitor_hooks = VisitorHookCarrier(Outgoing(clock, reachable), clock, url)
        self.caller = EndpointCaller(Outgoing(clock, reachable), clock)
        # A store on SQLite has no other node, so what one that died left behind is this one's.
        self._node = "sqlite" if settings.store_file else uuid4().hex
        self.deliverer = Deliverer(store, clock, self.caller, Random(), self._node)
        self.withdrawal = Withdrawal(store)
        carriers: list[Carrier] = [visitor_hooks] if asked.offer_webhooks else []
        if smtp is not None:
            carriers.append(MailCarrier(smtp, clock, url))
        self.postman = Postman(store, clock, carriers, asked.digest_s * 1_000, Random())
        throttle = from_settings.throttle(asked, clock)
        self.subscriptions = Subscriptions(store, clock, throttle, visitor_hooks, self.postman)
        messengers = Messengers(settings.notify.allow_schemes, reachable)
        self.teller = Teller(store, clock, Tellings(messengers, smtp, clock, url), Random())
        rate = IntakeRate(clock, settings.alerts.rate_per_s)
        self.alerts = AlertIntake(store, clock, rate, self.timers.look_again)
        self.bus = BusState()

    async def start(self) -> ASGIApp:
        """Take up the log where it ends, and follow it from here on."""
        store, clock = self._store, self.clock
        loaded = await store.read(board.load)
        self.hub = hub = from_settings.hub(self._settings.push, loaded.sequence)
        self.live = live = LiveSurface(hub, loaded.board, store.epoch, clock, self._url)
        now = clock.now_ms() // 1_000
        known = await store.read(lambda conn: recent.load(conn, loaded.board, now))
        site = Site(self._url, self.subscriptions.media)
        self.pictures = Pictures(lambda: live.board, known, clock, site)
        self.page = PageSurface(hub, lambda: live.board, self.pictures)
        self.editions = Editions(store, lambda: live.board, self.past, self._url)
        self.log = LogSurface(hub, store)
        self.inboxes = Inboxes(hub, store, await store.read(inboxes.open_runs))
        self.notices = NoticeFeeds(hub, store, self._settings.notices.event_id)
        self._surfaces: Sequence[Surface] = (
            live,
            self.page,
            self.editions,
            self.log,
            self.inboxes,
            self.notices,
        )
        self.intake = OperationIntake(self.inboxes.waits, self.timers.look_again)
        self.doorkeeper = Doorkeeper(live, self.access, store)
        self.metrics = self._metrics()
        store.on_commit = self._on_commit
        store.on_enlisted = self.deliverer.wake
        return self._application()

    def _metrics(self) -> Metrics:
        metrics = Metrics(self._store, self.hub)
        metrics.messages = self.postman.settled
        metrics.tellings = self.teller.settled
        metrics.alert_events = self.alerts.events
        metrics.alert_refusals = self.alerts.refusals
        metrics.operation_messages = self.intake.counts
        metrics.bus = self.bus
        self.deliverer.on_attempt = metrics.on_attempt
        return metrics

    @property
    def run_beside(self) -> Sequence[Callable[[], Coroutine[Any, Any, None]]]:
        """What has to run for as long as the server does."""
        return (
            self.timers.run,
            partial(self.upkeep.run, self.clock),
            partial(self._operation_upkeep().run, self.clock),
            self.postman.run,
            self.teller.run,
            self.deliverer.run,
            self.withdrawal.run,
            partial(self.page.run, self.clock),
            self.live.run,
            self.snapshots.run,
            *self._scheduled(),
        )

    def _scheduled(self) -> Iterator[Callable[[], Coroutine[Any, Any, None]]]:
        """What runs beside the server where the settings say so."""
        asked = self._settings.backup
        if asked.every_s:
            folder = BackupFolder(self._settings.backup_folder)
            yield ScheduledBackups(self.backups, folder, self.clock, asked.every_s, asked.keep).run
        if self._settings.notices.system_state:
            yield HostState(self._store, self.clock, self._settings.store.data).run
        if self._settings.ingest.nats.url:
            yield self._nats().run
        if not self._settings.store_file:
            yield self.deliverer.share

    def _operation_upkeep(self) -> OperationUpkeep:
        asked = self._settings.operations
        kept = Kept(asked.idle_s, asked.keep_closed_s)
        return OperationUpkeep(self._store, kept, self.inboxes.listened)

    def _nats(self) -> "Consumer":
        """What reads NATS."""
        from tocsin.ingest.alerts import AlertMessages
        from tocsin.ingest.nats import Nats, consumer
        from tocsin.ingest.notices import NoticeMessages
        from tocsin.ingest.operations import OperationMessages

        asked = self._settings.ingest.nats
        nats = Nats(asked.url, asked.stream if asked.durable else None, self._node)
        intakes = (OperationMessages(self.intake), NoticeMessages(), AlertMessages(self.alerts))
        return consumer(nats, self._store, self.clock, self.bus, intakes)

    def _remarks(self) -> Sequence[str]:
        """What probes say beside that the service is ready."""
        return [self.bus.describe()] if self._settings.ingest.nats.url else []

    def _application(self) -> ASGIApp:
        """Whoever is in front answers what is its own, and passes on what is not."""
        app = self._with_pages(make_api(self._services()))
        app = Dispatcher(app, self.hub, self._streams(), problems.answer)
        return CountedAnswers(self._with_notices(app), self.metrics.answers)

    def _services(self) -> Services:
        """What the routes of the API are given to work with."""
        return Services(
            store=self._store,
            clock=self.clock,
            access=self.access,
            sign_in=self.sign_in,
            intake=self.intake,
            upkeep=self.upkeep,
            backups=self.backups,
            metrics=self.metrics.render,
            url=self._url,
            alerts=self.alerts,
            actions=CustomActions(self._store, self.caller, self.clock, self._url),
            samples=Samples(self._store, self.caller, self.clock, self._url),
            addresses=AddressCheck(self._settings.webhooks.allow_networks),
            remarks=self._remarks,
        )

    def _streams(self) -> Sequence[StreamRoute]:
        """The streams."""
        return (
            LiveStream(Version.V1, self.live, self.doorkeeper),
            LiveStream(Version.V2, self.live, self.doorkeeper),
            LogStream(self.log, self._store, self.access),
            InboxStream(self.inboxes, self.access, Tickets(self._store, self.clock)),
            PageStream(self.page, self._admit),
        )

    def _with_pages(self, app: ASGIApp) -> ASGIApp:
        """The application, with what people see in front of it."""
        live, pictures, admit = self.live, self.pictures, self._admit
        archive = Archive(self._store, lambda: live.board, self.clock, pictures.site)
        website = Website(app, pictures, archive, self.past, admit)
        subscribing = SubscribingPages(
            website, self.subscriptions, lambda: live.board, admit, self._url
        )
        return Formats(subscribing, self.editions, pictures, self.past, admit)

    async def _admit(self, request: StreamRequest, past: Board | None = None) -> Visit:
        return await self.doorkeeper.admit(visitor_of(request), past)

    def _with_notices(self, app: ASGIApp) -> ASGIApp:
        """The application, with WebSocket connections in front of it."""
        partners = Partners(
            store=self._store,
            access=self.access,
            sign_in=self.sign_in,
            feeds=self.notices,
            clock=self.clock,
            hostname=socket.gethostname(),
        )
        own = host_name(urlsplit(self._url).netloc)
        return NoticesSocket(
            app,
            self.hub,
            converse=partial(Conversation, partners),
            check=self.sign_in.check,
            hosts=lambda: {own, *_hosts(self.live.board)},
            origins=self._settings.notices.allow_origins,
        )

    def _on_commit(self, changes: Sequence[Change]) -> None:
        """Tell everybody what was committed. On the loop, before the callers are answered."""
        for change in changes:
            self.access.on_change(change)
            for gone in taken(change):
                self._end(gone)
            for surface in self._surfaces:
                self._show(surface, change)
            self.timers.on_change(change)
            self.postman.on_change(change)
            self.alerts.on_change(change)
            self.teller.on_change(change)
            self.deliverer.on_change(change)
            self.withdrawal.on_change(change)
            self.snapshots.on_change(change)
        self.metrics.on_commit(changes)
        self.hub.advance(changes[-1][-1].sequence)

    def _end(self, gone: str) -> None:
        """End what the token, user or session of that id had opened."""
        for owner in self.hub.owners:
            if rests_on(owner, gone):
                self.hub.end(owner)

    def _show(self, surface: Surface, change: Change) -> None:
        """A surface that fails has given its readers a gap: they have to come back and resume."""
        try:
            surface.publish(change)
        except Exception:
            _log.exception("a change could not be shown; every stream has to resume")
            for feed in self.hub.feeds:
                feed.close()


async def run(
    settings: Settings,
    *,
    ready: Callable[[Started], None],
    keep_token: Callable[[str], None],
    clock: AlarmClock | None = None,
) -> None:
    """Serve until a signal ends it.

    `ready` is called when it answers; `keep_token` with the first start's admin token, before that
    token is good for anything. Raises `CannotListen` and `StoreUnavailable`.
    """
    clock = clock or SystemClock()
    listener = bind(settings.server.host, settings.server.port)
    url = settings.server.public_url or address_of(listener, settings)
    store = open_store(settings.store_url, clock, base_url=url)
    with closing(listener):
        await store.start()
        try:
            await store.change(pages.ensure_main)
            await store.change(heartbeats.begin_anew)
            made = await ensure_admin(store, settings.admin_token or None, keep_token)
            await _serve(Service(settings, store, clock, url), settings, listener, made, ready)
        finally:
            await store.stop()


async def _serve(
    service: Service,
    settings: Settings,
    listener: socket.socket,
    made: Made,
    ready: Callable[[Started], None],
) -> None:
    app = await service.start()

    def started() -> None:
        gc.collect()
        gc.freeze()
        ready(Started(address_of(listener, settings), made))

    server = Server(uvicorn_config(app, settings), service.hub, settings.push.drain_s, started)
    service.hub.start()
    async with asyncio.TaskGroup() as background:
        beside = [background.create_task(kept_up(run, service.clock)) for run in service.run_beside]
        await server.serve([listener])
        for task in beside:
            task.cancel()


def _hosts(board: Board) -> Iterator[str]:
    """The hosts of all pages."""
    for page in board.pages.values():
        yield from page.hosts

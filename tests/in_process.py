"""The API over a real store on disk, called inside the process, without sockets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from random import Random

import httpx
from fastapi import FastAPI
from tests.clock import HeldClock

from tocsin.app import tokens
from tocsin.app.access import Access
from tocsin.app.address_check import AddressCheck
from tocsin.app.admin import ensure_admin
from tocsin.app.alert_intake import AlertIntake
from tocsin.app.backups import Backups
from tocsin.app.custom_actions import CustomActions
from tocsin.app.endpoint_caller import EndpointCaller
from tocsin.app.endpoint_samples import Samples
from tocsin.app.intake_rate import IntakeRate
from tocsin.app.metrics import Metrics
from tocsin.app.operation_intake import OperationIntake
from tocsin.app.outgoing import Outgoing
from tocsin.app.pages import ensure_main
from tocsin.app.sign_in import SignIn
from tocsin.app.tokens import NewToken
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.http.api import make_api
from tocsin.http.services import Services
from tocsin.model.access import Scope
from tocsin.model.event import Change, Event
from tocsin.model.sign_in import Limit
from tocsin.push.hub import Hub
from tocsin.store.store import Store, open_store

ADMIN = "the-admin-token"
URL = "https://tocsin.test"

# Alerts a second that an integration may bring.
RATE_PER_S = 100

# What endpoints may be at.
LOOPBACK = ip_network("127.0.0.0/8")

# What a prune leaves of the log.
KEEP_EVENTS = 2


@dataclass
class InProcess:
    """A service without sockets: its parts, and every change it committed."""

    app: FastAPI
    store: Store
    clock: HeldClock
    intake: OperationIntake
    awaited: set[str]
    """The operations for whose next run somebody waits."""
    changes: list[Change] = field(default_factory=list)

    def client(self, token: str | None = ADMIN) -> httpx.AsyncClient:
        """A client of /api/v1 that shows this token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            base_url=f"{URL}/api/v1",
            headers=headers,
        )

    async def token(self, *scopes: Scope, name: str = "somebody") -> str:
        """The secret of a token with these scopes, made at the first call."""
        secret = f"{name} with {' '.join(scopes)}"
        new = NewToken(name, frozenset(scopes))
        await self.store.change(lambda tx: tokens.create(tx, new, secret))
        return secret

    @property
    def events(self) -> list[Event]:
        """Every event committed since the service began."""
        return [event for change in self.changes for event in change]


@asynccontextmanager
async def in_process(folder: Path) -> AsyncIterator[InProcess]:
    """A fresh service with the admin token `ADMIN` and the page `main`."""
    clock = HeldClock()
    url = f"sqlite:///{folder}/tocsin.db"
    store = open_store(url, clock, base_url=URL)
    upkeep = Upkeep(store, Retention(keep_days=0, keep_events=KEEP_EVENTS))
    metrics = Metrics(store, Hub(asyncio.get_running_loop(), Random()))
    access = Access(store, clock)
    sign_in = SignIn(
        store, access, clock, limit=Limit(5, 3_600, 600), exempt=[], end=lambda session_id: None
    )
    awaited: set[str] = set()
    intake = OperationIntake(awaited.__contains__, look_again=lambda: None)
    metrics.operation_messages = intake.counts
    alerts = AlertIntake(store, clock, IntakeRate(clock, RATE_PER_S), look_again=lambda: None)
    metrics.alert_events = alerts.events
    metrics.alert_refusals = alerts.refusals
    caller = EndpointCaller(Outgoing(clock, [LOOPBACK]), clock)
    await store.start()
    try:
        backups = Backups(store, url, folder)
        services = Services(
            store=store,
            clock=clock,
            access=access,
            sign_in=sign_in,
            intake=intake,
            upkeep=upkeep,
            backups=backups,
            metrics=metrics.render,
            url=URL,
            alerts=alerts,
            actions=CustomActions(store, caller, clock, URL),
            samples=Samples(store, caller, clock, URL),
            addresses=AddressCheck([LOOPBACK]),
        )
        app = make_api(services)
        service = InProcess(app, store, clock, intake, awaited)

        def committed(changes: Sequence[Change]) -> None:
            for change in changes:
                access.on_change(change)
                alerts.on_change(change)
                service.changes.append(change)

        store.on_commit = committed
        await ensure_admin(store, ADMIN)
        await store.change(ensure_main)
        yield service
    finally:
        await caller.close()
        await store.stop()

"""What the routes are given to work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from tocsin.app.access import Access
from tocsin.app.sign_in import SignIn
from tocsin.app.upkeep import Upkeep
from tocsin.store.store import Store


@dataclass(frozen=True)
class Services:
    """The parts of the running service that routes use; `metrics` renders its numbers for
    Prometheus."""

    store: Store
    access: Access
    sign_in: SignIn
    upkeep: Upkeep
    metrics: Callable[[], bytes]


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that serves this request."""
    return cast(Services, connection.app.state.services)

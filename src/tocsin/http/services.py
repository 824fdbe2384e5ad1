"""What the routes are given to work with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from starlette.requests import HTTPConnection

from tocsin.app.access import Access
from tocsin.app.address_check import AddressCheck
from tocsin.app.alert_intake import AlertIntake
from tocsin.app.backups import Backups
from tocsin.app.custom_actions import CustomActions
from tocsin.app.endpoint_samples import Samples
from tocsin.app.operation_intake import OperationIntake
from tocsin.app.sign_in import SignIn
from tocsin.app.upkeep import Upkeep
from tocsin.model.clock import Clock
from tocsin.store.store import Store


@dataclass(frozen=True)
class Services:
    """The parts of the running service that routes use; `metrics` renders its numbers for
    Prometheus, `url` is the service's address, without final slash, `remarks` are lines for people
    about what it depends on."""

    store: Store
    clock: Clock
    access: Access
    sign_in: SignIn
    intake: OperationIntake
    upkeep: Upkeep
    backups: Backups
    metrics: Callable[[], Awaitable[bytes]]
    url: str
    alerts: AlertIntake
    actions: CustomActions
    samples: Samples
    addresses: AddressCheck
    remarks: Callable[[], Sequence[str]] = tuple


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that serves this request."""
    return cast(Services, connection.app.state.services)

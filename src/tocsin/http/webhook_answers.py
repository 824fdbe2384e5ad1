"""What the API shows of endpoints."""

from collections.abc import Iterable
from typing import Any, Self

from pydantic import BaseModel, Field

from tocsin.app.endpoint_report import Report
from tocsin.http.left_out import left_out
from tocsin.model import health
from tocsin.model.access import Principal, Scope
from tocsin.model.address_warning import AddressWarning, WarningCode
from tocsin.model.delivery import UNFINISHED, State
from tocsin.model.endpoint import Kind, Order, Profile, Reason


class OldSecretOut(BaseModel):
    """A secret that was replaced, and until when it signs beside the new one."""

    expires_at: int


class QueueOut(BaseModel):
    """How many deliveries have not ended."""

    pending: int = Field(description="To be sent when they are due.")
    waiting: int = Field(description="Behind another of their key.")
    sending: int


class CountsOut(BaseModel):
    """How many deliveries have ended, since the endpoint was made."""

    delivered: int = 0
    failed: int = 0
    superseded: int = 0
    cancelled: int = 0


class HealthOut(BaseModel):
    """How an endpoint does. `failing_since_ms` is when the first attempt failed since one
    succeeded, `paused_until_ms` until when nothing is sent."""

    state: health.State
    failing_since_ms: int | None
    paused_until_ms: int | None
    last_success_ms: int | None
    last_failure_ms: int | None
    queue: QueueOut
    counts: CountsOut

    @classmethod
    def of(cls, report: Report) -> Self:
        """As the API shows it."""
        kept = report.health
        paused = report.state is health.State.PAUSED
        return cls(
            state=report.state,
            failing_since_ms=kept.failing_since_ms,
            paused_until_ms=kept.paused_until_ms if paused else None,
            last_success_ms=kept.last_success_ms,
            last_failure_ms=kept.last_failure_ms,
            queue=QueueOut(**_by_name(UNFINISHED, report.queue)),
            counts=CountsOut(**_by_name(report.counts, report.counts)),
        )


class WebhookOut(BaseModel):
    """An endpoint, without its secret. `url` and `headers` need `webhooks:write`."""

    id: str
    name: str
    kind: Kind
    url: str | None = left_out()
    profile: Profile
    owner: int = Field(description="The number of the person who made it.")
    event_types: list[str]
    channels: list[int]
    topics: list[str]
    headers: dict[str, str] | None = left_out()
    timeout_ms: int
    max_attempts: int
    order: Order
    verify_tls: bool
    rate_per_s: int
    enabled: bool
    disabled_reason: Reason | None
    previous_secrets: list[OldSecretOut]
    created_at: int
    health: HealthOut

    @classmethod
    def of(cls, report: Report, caller: Principal, **more: Any) -> Self:
        """As the API shows it to the caller, with `more` that only some answers have."""
        shown = vars(report.endpoint) | {
            "previous_secrets": [
                OldSecretOut(expires_at=one.expires_at) for one in report.previous_secrets
            ],
            "health": HealthOut.of(report),
        }
        if not caller.may(Scope.WEBHOOKS_WRITE):
            shown |= {"url": None, "headers": None}
        return cls(**{name: shown[name] for name in WebhookOut.model_fields}, **more)


class WarningOut(BaseModel):
    """What speaks against the URL. The endpoint is kept all the same."""

    code: WarningCode
    detail: str


class SavedWebhook(WebhookOut):
    """An endpoint after a change."""

    warnings: list[WarningOut]


class RotatedWebhook(WebhookOut):
    """An endpoint with its new secret, which is shown this once."""

    secret: str


class CreatedWebhook(SavedWebhook, RotatedWebhook):
    """An endpoint just made."""


def warned(warnings: Iterable[AddressWarning]) -> list[WarningOut]:
    """Warnings as the API shows them."""
    return [WarningOut(code=one.code, detail=one.detail) for one in warnings]


def _by_name(states: Iterable[State], numbers: Any) -> dict[str, int]:
    return {state.value: numbers[state] for state in states}

"""What the API shows of an attempt: one request to an endpoint, and what came back."""

from typing import Final, Literal, Self

from pydantic import BaseModel, Field

from tocsin.http.left_out import left_out
from tocsin.model.exchange import Exchange, Fault, Request, Response

# What everybody may see of the headers. Those of an endpoint's own may be passwords, and with the
# signature a request can be repeated for some minutes.
_SHOWN: Final = frozenset(
    {
        *("content-type", "user-agent"),
        *("webhook-id", "webhook-timestamp"),
        *("tocsin-sequence", "tocsin-previous-id", "tocsin-superseded"),
    }
)


class RequestOut(BaseModel):
    """A request as it was sent. `url`, the headers that are the endpoint's own, and the signature
    need `webhooks:write`."""

    url: str | None = left_out()
    headers: dict[str, str]
    body: str | None = Field(description="Null when it is not known any more; see `body_reason`.")
    body_reason: Literal["pruned"] | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Why there is no body: retention has removed the event from the log.",
    )

    @classmethod
    def of(cls, request: Request, *, whole: bool) -> Self:
        """As the API shows it; `whole` to those with `webhooks:write`."""
        shown = {k: v for k, v in request.headers.items() if whole or k.lower() in _SHOWN}
        return cls(url=request.url if whole else None, headers=shown, body=_text(request.body))


class ResponseOut(BaseModel):
    """What was answered: the first 4 KiB of the body."""

    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, response: Response) -> Self:
        """As the API shows it."""
        return cls(headers=dict(response.headers), body=_text(response.body))


class AttemptOut(BaseModel):
    """One attempt. `error` is why there was no answer, or no end of it; `status` is null without an
    answer."""

    started_at_ms: int
    duration_ms: int
    status: int | None
    error: Fault | None
    request: RequestOut
    response: ResponseOut | None

    @classmethod
    def of(cls, exchange: Exchange, *, whole: bool) -> Self:
        """As the API shows it; `whole` to those with `webhooks:write`."""
        response = exchange.response
        return cls(
            started_at_ms=exchange.started_at_ms,
            duration_ms=exchange.duration_ms,
            status=None if response is None else response.status,
            error=exchange.fault,
            request=RequestOut.of(exchange.request, whole=whole),
            response=None if response is None else ResponseOut.of(response),
        )


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")

"""Telling people by the services that Apprise knows, each call in a thread of its own."""

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

from tocsin.app.guarded import guarded
from tocsin.app.own_thread import in_own_thread
from tocsin.model import notify_scheme
from tocsin.model.notify_url import scheme
from tocsin.model.reach import Network
from tocsin.model.severity import Severity
from tocsin.model.trying import Result, Tried

if TYPE_CHECKING:  # apprise costs a start 600 ms, and few services ever tell anybody
    from apprise import AppriseAsset, NotifyBase, NotifyType

# How long telling one person may take, in seconds, and how long a server may be silent meanwhile.
_WITHIN_S = 60
_SILENT_S = 10
_REASON_LIMIT = 255

_REASONS: ContextVar[list[str] | None] = ContextVar("reasons", default=None)


class Messengers:
    """Tells people at Apprise's URLs. `schemes` are open beside those that always are, `allowed`
    networks that may be called although they are not public."""

    def __init__(self, schemes: Collection[str], allowed: Sequence[Network]) -> None:
        self._schemes = frozenset(schemes)
        self._allowed = tuple(allowed)

    async def tell(self, url: str, title: str, body: str, kind: Severity | None) -> Tried:
        """Tell somebody; `kind` is how bad the news are, None: good."""
        service = scheme(url)
        if not notify_scheme.is_open(service, self._schemes):
            return Tried(Result.REFUSED, f"{service} is not in notify.allow_schemes")
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await in_own_thread(
                    "tocsin-telling", lambda: self._tell(url, title, body, kind)
                )
        except TimeoutError:
            return Tried(Result.FAILED, "timeout")

    def _tell(self, url: str, title: str, body: str, kind: Severity | None) -> Tried:
        from apprise import Apprise, NotifyFormat

        with guarded(self._allowed) as guard, _reasons() as reasons:
            plugin = Apprise.instantiate(url, asset=_asset())
            if plugin is None:
                return Tried(Result.REFUSED, "Apprise does not understand the URL")
            _hurry(plugin)
            if plugin.notify(
                title=title,
                body=body,
                notify_type=_type(kind),
                body_format=NotifyFormat.TEXT,
            ):
                return Tried(Result.DELIVERED)
        if guard.refused:
            return Tried(Result.FAILED, "refused_address")
        return Tried(Result.FAILED, (reasons or ["it was not taken"])[-1][:_REASON_LIMIT])


def _hurry(plugin: "NotifyBase") -> None:
    """A URL may say how long its server is waited for; not how long we are held up."""
    for name in ("socket_connect_timeout", "socket_read_timeout"):
        if not 0 < getattr(plugin, name) <= _SILENT_S:
            setattr(plugin, name, _SILENT_S)


@cache
def _asset() -> "AppriseAsset":
    """Apprise as we want it: no redirects unless a URL asks for them, no files of this machine."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Tocsin",
        app_desc="Tocsin",
        http_redirects=False,
        allow_templates=False,
        interpret_escapes=False,
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
    )


def _type(kind: Severity | None) -> "NotifyType":
    from apprise import NotifyType

    types = {
        Severity.CRITICAL: NotifyType.FAILURE,
        Severity.WARNING: NotifyType.WARNING,
        Severity.INFO: NotifyType.INFO,
    }
    return NotifyType.SUCCESS if kind is None else types[kind]


class _Reasons(logging.Handler):
    """Keeps what Apprise says of failures, which it tells its log alone."""

    def emit(self, record: logging.LogRecord) -> None:
        reasons = _REASONS.get()
        if reasons is not None:
            reasons.append(record.getMessage())


@contextmanager
def _reasons() -> Iterator[list[str]]:
    """What goes wrong in this thread in here."""
    _listen()
    reasons: list[str] = []
    token = _REASONS.set(reasons)
    try:
        yield reasons
    finally:
        _REASONS.reset(token)


@cache
def _listen() -> None:
    log = logging.getLogger("apprise")
    log.addHandler(_Reasons(logging.WARNING))
    log.propagate = False

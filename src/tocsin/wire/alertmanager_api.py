"""Alertmanager's own API, version 2, as far as those who send alerts to it need it.

Prometheus is pointed here as to an Alertmanager; `amtool` and others ask for the status first.
"""

from datetime import UTC, datetime

import msgspec

from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.severity import Status
from tocsin.wire import alertmanager, problem, pushed
from tocsin.wire.alertmanager import Alert, seconds
from tocsin.wire.pushed import Answer

# When an alert recovers that says nothing of its end, unless it is sent again.
RESOLVE_TIMEOUT_S = 300

_LATEST = 253_402_300_799

# Read by people alone, through `amtool config show`, which has it parsed.
_CONFIG = "route:\n  receiver: tocsin\nreceivers:\n- name: tocsin\n"


def read(body: bytes, now: int) -> list[AlertEvent]:
    """The events of a `POST /api/v2/alerts` at `now` (Unix seconds), each by the fingerprint of its
    labels. Refused (`invalid`) as a whole.

    An alert whose end is past has recovered; any other has an `ends_at`.
    """
    alerts = pushed.read(body, list[Alert])
    return [_event(alert, str(at), now) for at, alert in enumerate(alerts)]


def _event(alert: Alert, path: str, now: int) -> AlertEvent:
    key = alertmanager.identity(alert, path)
    end = _end(alert, path, now)
    status = Status.OK if end <= now else alertmanager.severity(alert)
    return alertmanager.event(alert, key, status, now, ends_at=end)


def _end(alert: Alert, path: str, now: int) -> int:
    start, end = seconds(alert.starts_at), seconds(alert.ends_at)
    if end is None:
        return now + RESOLVE_TIMEOUT_S
    if start is not None and start > end:
        raise invalid(f"{path}.startsAt", "must not be after endsAt")
    return min(end, _LATEST)


def accepted() -> Answer:
    """The answer to alerts that have been taken."""
    return Answer(200, b"")


def refused(refusal: Refused) -> Answer:
    """The answer to alerts that have been refused: a JSON string, as Alertmanager's."""
    status = 400 if refusal.code is Code.INVALID else problem.status(refusal.code)
    return Answer(status, msgspec.json.encode(refusal.detail))


def status(version: str, started_at: int) -> bytes:
    """The answer to `GET /api/v2/status`, all of whose members are required. `started_at` is when
    this server was started (Unix seconds)."""
    unknown = dict.fromkeys(("revision", "branch", "buildUser", "buildDate", "goVersion"), "")
    return msgspec.json.encode(
        {
            "cluster": {"status": "disabled", "peers": []},
            "versionInfo": {"version": version, **unknown},
            "config": {"original": _CONFIG},
            "uptime": datetime.fromtimestamp(started_at, UTC),
        }
    )

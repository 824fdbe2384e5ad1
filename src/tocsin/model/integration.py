"""Integrations: the keys by which monitoring systems bring their alerts to a channel."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NOT_OF_A_HEARTBEAT = re.compile(r"[^A-Za-z0-9._:-]+", re.ASCII)


class Kind(StrEnum):
    """What the alerts come from, and by whose rules."""

    STANDARD = "standard"
    ALERTMANAGER = "alertmanager"
    PAGERDUTY = "pagerduty"
    HEARTBEAT = "heartbeat"


@dataclass(frozen=True)
class Integration:
    """What shows `key` brings alerts to the channel; `labels` are added to those that each has."""

    id: str
    name: str
    kind: Kind
    channel_id: int
    key: str
    created_at: int
    labels: dict[str, str] = field(default_factory=dict)


def is_key(text: str) -> bool:
    """Whether a text may be the key of an integration."""
    return _KEY.fullmatch(text) is not None


def url(integration: Integration, public_url: str) -> str:
    """Where it is to send its alerts, below `public_url`. The key is in it but for PagerDuty's
    events, which carry it as `routing_key`."""
    key = f"integration_key={integration.key}"
    match integration.kind:
        case Kind.STANDARD:
            return f"{public_url}/event/push/alert/standard?{key}"
        case Kind.ALERTMANAGER:
            return f"{public_url}/api/v1/intake/alertmanager?{key}"
        case Kind.PAGERDUTY:
            return f"{public_url}/v2/enqueue"
        case Kind.HEARTBEAT:
            return f"{public_url}/api/v1/intake/heartbeat/{_heartbeat(integration)}?{key}"
        case _:
            assert_never(integration.kind)


def _heartbeat(integration: Integration) -> str:
    """What its heartbeat is called when nobody says otherwise: much as itself."""
    name = _NOT_OF_A_HEARTBEAT.sub("-", integration.name).strip("-")
    return name[:128] or integration.id

"""What the OpenAPI document says of the ways in for alerts, which are answered in front of
FastAPI."""

from collections.abc import Mapping
from typing import Any

from tocsin.http import documented
from tocsin.http.openapi import Described
from tocsin.model.errors import Code

_REFUSED = (
    Code.INVALID,
    Code.UNAUTHORIZED,
    Code.TOO_LARGE,
    Code.TOO_MANY_REQUESTS,
    Code.INTERNAL,
    Code.UNAVAILABLE,
)
_KEY: dict[str, Any] = {"security": [{"integration_key": []}, {"bearer": []}]}
_ANYTHING: dict[str, Any] = {"application/json": {"schema": {}}}

_ON_DISK: dict[str, Any] = {"description": "It is on disk.", "content": _ANYTHING}


def _push(id_: str, about: str, accepted: str, refused: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "post": {
            "tags": ["alerts"],
            "operationId": id_,
            "summary": id_.replace("_", " ").title(),
            "description": f"{about} See the reference: alert intake.",
            "requestBody": {"required": True, "content": _ANYTHING},
            "responses": {accepted: _ON_DISK, **refused},
            **_KEY,
        }
    }


def _in_words(*statuses: str) -> dict[str, Any]:
    """Refusals in the words of another API."""
    return {one: {"description": "Refused.", "content": _ANYTHING} for one in statuses}


_STANDARD = _push(
    "push_standard_alert",
    "FlashDuty's standard push: one event of one alert.",
    "200",
    _in_words("400", "401", "405", "429", "500", "503"),
)
_WEBHOOK = _push(
    "push_alertmanager_notification",
    "The webhook of Alertmanager (version 4) or Grafana.",
    "200",
    documented.errors(_REFUSED),
)
_API = _push(
    "push_alertmanager_alerts",
    "The API of Alertmanager (version 2), for Prometheus.",
    "200",
    _in_words("400", "401", "405", "413", "429", "500", "503"),
)
_ENQUEUE = _push(
    "enqueue_pagerduty_event",
    "PagerDuty's Events API (version 2); the key is `routing_key`.",
    "202",
    _in_words("400", "405", "413", "429", "500", "503"),
)


def _beat(method: str) -> dict[str, Any]:
    return {
        "tags": ["alerts"],
        "operationId": f"beat_by_{method}",
        "summary": "Beat",
        "description": "Says that something lives. Silence longer than twice `every` is an alert.",
        "parameters": [
            {
                "in": "path",
                "name": "name",
                "required": True,
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
            },
            {
                "in": "query",
                "name": "every",
                "description": "How often it beats, in seconds.",
                "schema": {"type": "integer", "minimum": 1, "maximum": 2678400, "default": 60},
            },
        ],
        "responses": {
            "200": _ON_DISK,
            **documented.errors(_REFUSED),
        },
        **_KEY,
    }


DESCRIBED = Described(
    {
        "/event/push/alert/standard": _STANDARD,
        "/api/v1/intake/alertmanager": _WEBHOOK,
        "/api/v2/alerts": _API,
        "/v2/enqueue": _ENQUEUE,
        "/api/v1/intake/heartbeat/{name}": {"get": _beat("get"), "post": _beat("post")},
    }
)

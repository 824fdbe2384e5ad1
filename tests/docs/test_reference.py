"""What the program has and the reference does not say, or the other way round, is a bug."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from tests.clock import HeldClock
from tests.docs import incident_lifecycle
from tests.in_process import in_process

from tocsin.app.metrics import Metrics
from tocsin.cli.commands import app
from tocsin.config import DEFAULTS, keys
from tocsin.http.deliveries import DeliveryAttempt, DeliveryOut
from tocsin.http.incident_answers import IncidentOut
from tocsin.http.webhook_answers import CreatedWebhook, HealthOut
from tocsin.model.errors import Code
from tocsin.model.incident import IncidentEvent
from tocsin.push.hub import Hub
from tocsin.store.store import open_store
from tocsin.web.formats import FORMATS
from tocsin.wire import problem

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def documented(page: str) -> str:
    return (REFERENCE / page).read_text()


def in_table(page: str) -> set[str]:
    """The names that stand in the first column of a page's tables."""
    return set(re.findall(r"^\| `([^`]+)`", documented(page), re.MULTILINE))


async def test_every_metric_is_documented_and_nothing_else(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/tocsin.db", HeldClock())
    metrics = Metrics(store, Hub(asyncio.get_running_loop(), Random()))
    names = set(re.findall(r"^# TYPE (\S+)", (await metrics.render()).decode(), re.MULTILINE))
    ours = {name for name in names if name.startswith("tocsin_") and not name.endswith("_created")}
    assert in_table("metrics.md") == ours | {"process_*"}
    text = documented("metrics.md")
    assert {name for name in names - ours if name.startswith("process_")} <= set(
        re.findall(r"`(\w+)`", text)
    )


def test_the_settings_page_shows_the_defaults_file_as_it_is() -> None:
    assert f"```toml\n{DEFAULTS.read_text()}```" in documented("settings.md")


def test_every_setting_is_in_the_defaults_file() -> None:
    text = DEFAULTS.read_text()
    assert [key for key in keys() if f"\n{key.rpartition('.')[2]} = " not in text] == []


def test_the_lifecycle_of_incidents_is_written_as_the_table_has_it() -> None:
    assert incident_lifecycle.PAGE.read_text() == incident_lifecycle.page(), "run make docs"


def test_every_field_and_event_of_an_incident_is_documented_and_every_command() -> None:
    routes = re.findall(r"incidents/\{incident_id\}/(\w+)` \| `inc", documented("http-api.md"))
    names = in_table("incidents.md") - {event.value for event in IncidentEvent}
    assert names == {*IncidentOut.model_fields, *routes}
    types = re.findall(r"^\| (`i_.*?) \|", documented("incidents.md"), re.M)
    told = re.findall(r"`(i_\w+)`", " ".join(types))
    assert sorted(told) == sorted(event.value for event in IncidentEvent)


@pytest.mark.parametrize("model", [CreatedWebhook, HealthOut, DeliveryOut, DeliveryAttempt])
def test_every_field_of_endpoints_and_deliveries_is_documented(model: type[BaseModel]) -> None:
    told = set(re.findall(r"[`\"](\w+)[`\"]", documented("webhooks.md")))
    assert model.model_fields.keys() - told == set()


def commands(group: typer.Typer, before: str = "tocsin") -> Iterator[str]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield f"{before} {command.name or command.callback.__name__}"
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, f"{before} {inner.name}")


@pytest.mark.parametrize("command", list(commands(app)))
def test_every_command_is_documented(command: str) -> None:
    assert f"`{command}" in documented("commands.md")


def test_every_format_of_a_page_is_documented_and_nothing_else() -> None:
    addresses = {name for name in in_table("formats.md") if name.startswith("/")}
    assert addresses == {f"/{file}" for file in FORMATS}


@pytest.mark.parametrize("code", Code)
def test_every_error_code_is_documented_with_its_status(code: Code) -> None:
    assert f"| `{code.value}` | {problem.status(code)} |" in documented("errors.md")


async def test_every_route_of_the_api_is_documented_with_its_scope(tmp_path: Path) -> None:
    async with in_process(tmp_path) as service:
        paths = service.app.openapi()["paths"]
    ours = {
        (f"{method.upper()} {path}", needs)
        for path, operations in paths.items()
        if path.startswith("/api/v1/")
        for method, operation in operations.items()
        for needs in _scope(operation)
    }
    told = re.findall(r"^\| `(\w+ /api/v1/[^`]+)` \| `([^`]+)` \|", documented("http-api.md"), re.M)
    assert set(told) == ours


def _scope(operation: dict[str, Any]) -> set[str]:
    """The scopes that an operation asks for."""
    return {scope for way in operation["security"] for scopes in way.values() for scope in scopes}

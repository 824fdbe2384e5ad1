"""Alertmanager's own program, and its tool, bring alerts: each is one alert of one incident, over
restarts of either side, and is over when they say so."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.alertmanager import Alertmanager, private_alertmanager, program
from tests.guides import blocks, shell
from tests.process import Process
from tests.waiting import eventually

GUIDE = "alertmanager.md"


@pytest.fixture
def alertmanager() -> Iterator[Alertmanager]:
    with private_alertmanager() as alertmanager:
        yield alertmanager


@pytest.fixture
def key(server: Process) -> str:
    """What the guide makes at the beginning: the key of its integration."""
    found = re.search(r'"key": ?"(\w+)"', shell(server, GUIDE))
    assert found is not None
    return found[1]


def config(server: Process, key: str) -> str:
    """The guide's configuration, with our address and key, in a hurry."""
    (text,) = (one for one in blocks(GUIDE, "yaml") if one.startswith("route:"))
    text = text.replace("https://tocsin.example.org", server.url).replace("KEY", key)
    return re.sub(r"(group_wait|group_interval|repeat_interval): \w+", r"\1: 100ms", text)


def disk(host: str, severity: str = "warning", *, over: bool = False) -> dict[str, object]:
    """An alert as Prometheus sends it."""
    now = datetime.now(UTC)
    begin, end = now - timedelta(minutes=1), now if over else now + timedelta(minutes=5)
    return {
        "labels": {"alertname": "DiskFull", "host": host, "severity": severity},
        "annotations": {"summary": "A disk is full", "description": f"That of {host}"},
        "startsAt": begin.isoformat(),
        "endsAt": end.isoformat(),
        "generatorURL": "http://prometheus.example/graph",
    }


def get(server: Process, path: str) -> Any:
    with server.client() as api:
        answer = api.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def incidents(server: Process) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(server, "/api/v1/incidents")
    return found


def hosts(server: Process) -> dict[str, str]:
    """The host and status of every alert of the one incident there is."""
    (incident,) = incidents(server)
    found = get(server, f"/api/v1/incidents/{incident['incident_id']}/alerts")
    said = {one["labels"]["host"]: one["alert_status"] for one in found}
    assert len(said) == len(found)
    return said


def repeated(server: Process) -> float:
    """How often an alert was heard of again that had not changed."""
    with server.client() as api:
        text = api.get("/metrics").text
    found = re.findall(r'tocsin_alert_events_total\{effect="repeated".*\} (\S+)', text)
    return sum(map(float, found))


def hears_again(server: Process, times: int = 4) -> None:
    """Return once an alert has been heard of so many times more."""
    before = repeated(server)
    eventually(lambda: repeated(server) >= before + times, within=30)


def test_groups_fire_and_recover_as_one_incident_over_restarts_of_alertmanager(
    server: Process, key: str, alertmanager: Alertmanager
) -> None:
    alertmanager.start(config(server, key))
    alertmanager.push(disk("a"), disk("b"))
    eventually(lambda: bool(incidents(server)), within=30)
    hears_again(server)
    assert hosts(server) == {"a": "Warning", "b": "Warning"}
    for end in (alertmanager.kill, alertmanager.stop):
        end()
        alertmanager.start(config(server, key))
        alertmanager.push(disk("a"), disk("b"))
        hears_again(server)
        assert hosts(server) == {"a": "Warning", "b": "Warning"}
    alertmanager.push(disk("c"))
    eventually(lambda: "c" in hosts(server), within=30)
    alertmanager.push(disk("a", over=True), disk("c", over=True))
    eventually(lambda: list(hosts(server).values()).count("Ok") == 2, within=30)
    assert incidents(server)[0]["progress"] == "Triggered"
    alertmanager.push(disk("b", over=True))
    eventually(lambda: incidents(server)[0]["progress"] == "Closed", within=30)
    (incident,) = incidents(server)
    assert (incident["title"], incident["incident_status"]) == ("A disk is full", "Ok")
    assert (incident["alert_cnt"], incident["dedup_key"] != "") == (3, True)
    timeline = get(server, f"/api/v1/incidents/{incident['incident_id']}/timeline")
    assert [one["type"] for one in timeline] == ["i_rslv", "i_new"]
    assert timeline[0]["detail"]["reason"] == "recovery"


def test_what_fires_and_recovers_while_tocsin_is_away_is_told_afterwards(
    server: Process, key: str, alertmanager: Alertmanager
) -> None:
    alertmanager.start(config(server, key))
    alertmanager.push(disk("a"), disk("b"))
    eventually(lambda: bool(incidents(server)), within=30)
    server.kill()
    alertmanager.push(disk("a", over=True), disk("c"))
    server.start()
    eventually(lambda: hosts(server).get("c") is not None, within=30)
    eventually(lambda: hosts(server)["a"] == "Ok", within=30)
    alertmanager.push(disk("b", over=True), disk("c", over=True))
    eventually(lambda: incidents(server)[0]["progress"] == "Closed", within=30)
    assert hosts(server) == {"a": "Ok", "b": "Ok", "c": "Ok"}


def test_amtool_sends_alerts_and_their_end(server: Process, key: str, tmp_path: Path) -> None:
    (tool,) = (one for one in blocks(GUIDE, "yaml") if one.startswith("authorization:"))
    keyed = tmp_path / "tocsin.yml"

    def add(*words: str, key: str = key) -> subprocess.CompletedProcess[str]:
        keyed.write_text(tool.replace("KEY", key))
        to = f"--alertmanager.url={server.url}", f"--http.config.file={keyed}"
        command = (program("amtool"), *to, "alert", "add", "DiskFull", *words)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    alert = ("severity=critical", "host=db1", "--annotation=summary=Disk of db1 is full")
    for _ in range(2):
        said = add(*alert)
        assert said.returncode == 0, said.stderr
    (incident,) = incidents(server)
    assert incident["title"] == "Disk of db1 is full"
    assert (incident["incident_status"], incident["alert_cnt"]) == ("Critical", 1)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    refused = add(*alert, f"--end={now}", key="not-a-key")
    assert (refused.returncode, "401" in refused.stderr) == (1, True)
    assert incidents(server) == [incident]
    assert add(*alert, f"--end={now}").returncode == 0
    (incident,) = incidents(server)
    assert (incident["progress"], incident["incident_status"]) == ("Closed", "Ok")


def test_prometheus_sends_alerts_as_to_an_alertmanager(server: Process, key: str) -> None:
    with server.client() as api:
        api.headers["Authorization"] = f"Bearer {key}"
        for _ in range(3):
            answer = api.post("/api/v2/alerts", json=[disk("a"), disk("b", "critical")])
            assert (answer.status_code, answer.content) == (200, b"")
        assert hosts(server) == {"a": "Warning", "b": "Critical"}
        over = [disk("a", over=True), disk("b", "critical", over=True)]
        assert api.post("/api/v2/alerts", json=over).status_code == 200
    assert hosts(server) == {"a": "Ok", "b": "Ok"}
    assert incidents(server)[0]["progress"] == "Closed"

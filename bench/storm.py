"""A storm of alerts: how fast they are taken in, what that costs, and who is held up by it."""

import subprocess
import sys
from collections import Counter
from typing import Any

import httpx
import msgspec

from bench import machine
from bench.peers.tocsin import TOKEN, Service, serving
from bench.report import Figures, Report
from bench.scale import Scale
from bench.storm_load import Plan, Seen

NAME = "storm"

_PER_PUSH = 500
_CALLS_PER_S = 40
# An incident takes as many alerts as the last of them, so that every other storm begins another.
_THRESHOLDS = (10, 100, 1_000, 5_000)
_MB = 1024 * 1024

# What is sent one after the other. The first is to warm up: its memory is not growth.
_WARM_UP = "the first"
_TWO = "new alerts, two senders"
_NEW, _AGAIN, _OVER = "new alerts", "sent again", "all recover"


def run(scale: Scale) -> Report:
    """Alertmanager's pushes, of alerts that share incidents, while people use the API."""
    report = Report(NAME, scale.runs)
    pushes = scale.many // _PER_PUSH
    samples: dict[str, list[Figures]] = {}
    for _ in range(scale.runs):
        _sample(pushes, samples)
    case = f"{pushes * _PER_PUSH:,} in pushes of {_PER_PUSH}"
    rows = {name: report.add(f"{case}, {name}", "Tocsin", found) for name, found in samples.items()}
    for name in (_NEW, _AGAIN, _OVER):
        report.at_least(name, 2_000, rows[name]["alerts/s"], "/s")
        report.at_most(f"{name}: API p99 meanwhile", 50, rows[name]["API p99 ms"], " ms")
        report.at_most(f"{name}: growth of memory", 20, rows[name]["grown MB"], " MB")
    return report


def _sample(pushes: int, samples: dict[str, list[Figures]]) -> None:
    with (
        serving(settings={"TOCSIN_ALERTS__RATE_PER_S": "0"}) as service,
        httpx.Client(
            base_url=f"{service.url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as api,
    ):
        plan = _prepared(service, api, pushes)
        for name, alerts, over, senders in (
            (_WARM_UP, "WarmUp", False, 1),
            (_NEW, "Storm", False, 1),
            (_AGAIN, "Storm", False, 1),
            (_OVER, "Storm", True, 1),
            (_TWO, "Two", False, 2),
        ):
            now = msgspec.structs.replace(plan, name=alerts, over=over, senders=senders)
            samples.setdefault(name, []).append(_storm(service, now))
        _check(api, pushes * _PER_PUSH)


def _prepared(service: Service, api: httpx.Client, pushes: int) -> Plan:
    """Somewhere to send alerts to, and an incident that people are at work on."""
    grouping = {"method": "p", "equal": ["labels.alertname"]}
    rules = {"grouping": grouping, "storm_thresholds": _THRESHOLDS}
    channel = _made(api, "/channels", name="Shop", **rules)["id"]
    way_in = {"name": "Alertmanager", "kind": "alertmanager", "channel_id": channel}
    key = _made(api, "/integrations", **way_in)["key"]
    worked_on = _made(api, "/incidents", title="Shop is slow", incident_severity="Info")
    return Plan(
        url=service.url,
        token=TOKEN,
        key=key,
        name="",
        pushes=pushes,
        per_push=_PER_PUSH,
        over=False,
        senders=1,
        incident_id=worked_on["incident_id"],
        calls_per_s=_CALLS_PER_S,
    )


def _made(api: httpx.Client, path: str, **body: object) -> Any:
    answer = api.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


def _storm(service: Service, plan: Plan) -> Figures:
    pid = service.process.pid
    before, cpu = machine.rss([pid]), machine.cpu_seconds([pid])
    machine.forget_peak(pid)
    load = machine.pinned(machine.LOAD_CORE, [sys.executable, "-m", "bench.storm_load"])
    said = subprocess.run(
        load, input=msgspec.json.encode(plan) + b"\n", stdout=subprocess.PIPE, check=True
    )
    seen = msgspec.json.decode(said.stdout, type=Seen)
    return {
        "alerts/s": plan.pushes * plan.per_push / seen.seconds,
        "API p50 ms": seen.p50,
        "API p99 ms": seen.p99,
        "longest ms": seen.longest,
        "grown MB": (machine.peak_rss(pid) - before) / _MB,
        "server CPU s": machine.cpu_seconds([pid]) - cpu,
    }


def _check(api: httpx.Client, alerts: int) -> None:
    """Raises RuntimeError unless every alert is there once, and every threshold was told once."""
    found = api.get("/incidents", params={"channel_id": 1}).json()["data"]
    counts = Counter[str]()
    for one in found:
        counts[one["title"]] += one["alert_cnt"]
        _check_storms(api, one["incident_id"], one["alert_cnt"])
    if counts.total() != 3 * alerts:
        raise RuntimeError(f"alerts are lost or doubled: {counts}")
    is_open = [one["alert_cnt"] for one in found if one["progress"] != "Closed"]
    if sum(is_open) != 2 * alerts:
        raise RuntimeError(f"alerts did not recover, or too many did: {is_open}")


def _check_storms(api: httpx.Client, incident_id: str, alerts: int) -> None:
    entries = api.get(f"/incidents/{incident_id}/timeline").json()["data"][::-1]
    told = [one["detail"]["threshold"] for one in entries if one["type"] == "i_storm"]
    if told != [one for one in _THRESHOLDS if one <= alerts]:
        raise RuntimeError(f"storms were told of {alerts} alerts: {told}")

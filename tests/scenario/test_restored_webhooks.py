"""What endpoints are told again by a server that was restored from a backup."""

from pathlib import Path
from typing import Any

from tests.misbehaving import Misbehaving, answers, misbehaving
from tests.process import Process
from tests.shell import Shell
from tests.waiting import eventually

WANTED: dict[str, dict[str, Any]] = {
    "flashduty": {"event_types": ["i_new"]},
    "cloudevents": {"topics": ["incident/>"], "event_types": ["tocsin.incident.new"]},
}


def told(there: Misbehaving) -> list[tuple[bytes, bytes]]:
    """The id and the body of each request, in an order of no meaning."""
    requests = [request.partition(b"\r\n\r\n") for request in list(there.got)]
    return sorted((_id(head), body) for head, _, body in requests)


def _id(head: bytes) -> bytes:
    (line,) = (one for one in head.split(b"\r\n") if one.lower().startswith(b"webhook-id:"))
    return line.partition(b": ")[2]


def test_a_restored_server_tells_again_under_the_same_ids_and_in_the_same_bytes(
    tmp_path: Path,
) -> None:
    shell, copy = Shell(tmp_path / "data"), tmp_path / "copy.db"
    allowed = {"TOCSIN_WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8"}
    with misbehaving(answers(200)) as there, Process(tmp_path, **allowed) as server:
        with server.client() as api:
            hooks = []
            for profile, chosen in WANTED.items():
                wanted = {"name": profile, "url": there.url, "profile": profile, **chosen}
                hooks.append(api.post("/api/v1/webhooks", json=wanted).json()["id"])
            given = {"title": "Fire", "incident_severity": "Critical"}
            api.post("/api/v1/incidents", json=given).raise_for_status()
            eventually(lambda: delivered(api) == 2)
        first = told(there)
        assert shell("backup", str(copy)).returncode == 0
        server.stop()
        assert shell("restore", str(copy)).returncode == 0
        server.start()
        with server.client() as api:
            deliveries = api.get("/api/v1/deliveries").json()["data"]
            retried, replayed = deliveries
            api.post(f"/api/v1/deliveries/{retried['id']}/retry").raise_for_status()
            path = f"/api/v1/webhooks/{replayed['endpoint_id']}/replay"
            assert api.post(path, json={}).raise_for_status().json()["created"] == 1
            eventually(lambda: delivered(api) == 4)
    assert told(there) == sorted(first * 2)


def delivered(api: Any) -> int:
    """How many deliveries have arrived."""
    return len(api.get("/api/v1/deliveries", params={"state": "delivered"}).json()["data"])

"""Notices on the bus: from a message to those who watch."""

from pathlib import Path

from tests.nats_server import Nats
from tests.running import running
from tests.waiting import eventually


def test_what_is_said_below_sysadm_events_is_published(tmp_path: Path, bus: Nats) -> None:
    with (
        running(tmp_path, ingest={"nats": {"url": bus.url}}) as service,
        service.client() as api,
    ):
        eventually(lambda: "nats: reading" in api.get("/readyz").text)
        bus.publish(
            ("sysadm.events.life-preserver", b'{"message":"m","priority":7,"class":"snapshot"}'),
            ("sysadm.events.issues", b"{}"),
            ("sysadm.events.life-preserver", b"[]"),
            ("sysadm.events.other", b'{"n":1.50}'),
        )
        eventually(lambda: len(api.get("/api/v1/notices").json()["data"]) == 2)
        assert [
            (one["class"], one["args"]) for one in api.get("/api/v1/notices").json()["data"]
        ] == [
            ("other", {"n": 1.5}),
            ("life-preserver", {"message": "m", "priority": "7 - Critical", "class": "snapshot"}),
        ]
        frames = 'tocsin_bus_frames_total{fate="%s",subject="sysadm.events.*"} %.1f'
        metrics = api.get("/metrics").text
        assert frames % ("taken", 2) in metrics
        assert frames % ("wrong_shape", 2) in metrics

"""What the guides tell people to type works as it stands there."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.guides import blocks, shell, typed
from tests.npm import CLIENTS, needs_npm
from tests.process import Process
from tests.waiting import eventually


def test_notices(server: Process) -> None:
    shell(server, "notices.md")
    (program,) = blocks("notices.md", "python")
    assert typed(server, sys.executable, "-c", program).splitlines() == [
        "deploys 1 - Information Version 2.4.1 is live",
        "deploys 1 - Information Version 2.4.2 is live",
    ]


def test_watch_a_build(server: Process) -> None:
    said = shell(server, "watch-a-build.md")
    assert said.count("Compiling\nUploading\nDone\n") == 2
    assert 'data: {"body":"Uploading","level":""}' in said
    assert '"ticket":"tocsin_' in said
    (program,) = blocks("watch-a-build.md", "python")
    typed(server, sys.executable, "-c", program)
    with server.client() as api:
        runs = api.get("/api/v1/operations/website").json()["runs"]
    assert [(run["messages"], run["outcome"]) for run in runs] == [
        (3, "success"),
        (1, "success"),
        (2, "success"),
    ]


def test_receive_webhooks(tmp_path: Path) -> None:
    (program,) = blocks("receive-webhooks.md", "python")
    receive_webhooks(tmp_path, [sys.executable, "-c", program])


def test_receive_webhooks_in_node(tmp_path: Path) -> None:
    needs_npm("standardwebhooks")
    (program,) = blocks("receive-webhooks.md", "js")
    receive_webhooks(tmp_path, ["node", "--input-type=module", "-e", program])


def receive_webhooks(tmp_path: Path, command: list[str]) -> None:
    """A receiver that listens at 8000 in the guide prints what it is told."""
    port = free_port()
    allowed = {"TOCSIN_WEBHOOKS__ALLOW_NETWORKS": "127.0.0.0/8"}
    with Process(tmp_path, **allowed) as server, server.client() as api:
        url = f"http://127.0.0.1:{port}/"
        wanted = {"name": "Mine", "url": url, "profile": "flashduty"}
        made = api.post("/api/v1/webhooks", json=wanted).json()
        with subprocess.Popen(
            [part.replace("8000", str(port)) for part in command],
            cwd=CLIENTS,
            env={**os.environ, "TOCSIN_WEBHOOK_SECRET": made["secret"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as receiver:
            assert receiver.stdout is not None
            eventually(lambda: listens(port), within=30)
            incident = {"title": "Shop is down", "incident_severity": "Critical"}
            made = api.post("/api/v1/incidents", json=incident).json()
            assert receiver.stdout.readline() == "i_new Shop is down\n"
            api.post(f"/api/v1/incidents/{made['incident_id']}/ack", json={})
            assert receiver.stdout.readline() == "i_ack Shop is down\n"
            receiver.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0

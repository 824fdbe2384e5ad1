"""The tutorial does what it says."""

import re
import subprocess
from pathlib import Path

from tests.process import TOKEN, Process

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-page.md"


def test_every_step_of_the_tutorial_works(server: Process) -> None:
    steps = "".join(re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(), re.DOTALL))
    script = re.sub(r"^export .*$", "", steps, flags=re.MULTILINE).replace(
        "curl -s", "curl --silent --show-error --fail"
    )

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-O", "expand_aliases", "-c", script],
        env={"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    with server.client() as api:
        issue = api.get("/api/v1/issues").json()["data"][0]
        assert [update["label"] for update in issue["updates"]] == ["resolved", "identified"]
        assert not issue["standing"]
        states = {one["name"]: one["state"] for one in api.get("/api/v1/components").json()["data"]}
        assert states == {"Website": "operational", "Database": "operational"}
        log = api.get("/api/v1/events", params={"topic": "deploy/>"}).json()["data"]
        assert [event["type"] for event in log] == ["com.example.deployed"]

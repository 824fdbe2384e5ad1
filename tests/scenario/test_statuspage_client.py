"""A client that was written for Statuspage reads a page of ours, unchanged."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.npm import CLIENTS, needs_npm
from tests.running import Running, running


def read(url: str) -> Any:
    """All that the client can read of the page."""
    command = ["node", str(CLIENTS / "statuspage.mjs"), url]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def call(service: Running, method: str, path: str, body: object) -> Any:
    with service.client() as client:
        answer = client.request(method, f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def test_the_npm_client_reads_a_page(tmp_path: Path) -> None:
    needs_npm("statuspage.io")
    with running(tmp_path) as service:
        assert read(service.url)["summary"]["status"] == {
            "indicator": "none",
            "description": "All Systems Operational",
        }

        website = call(service, "POST", "/components", {"name": "Website", "group": "Shop"})["id"]
        trouble = {
            "title": "Checkout fails",
            "component_ids": [website],
            "label": "investigating",
            "state_override": "outage",
        }
        issue = call(service, "POST", "/issues", trouble)["id"]
        call(service, "POST", f"/issues/{issue}/updates", {"label": "monitoring", "body": "Fixed?"})
        work = {
            "title": "Upgrade",
            "component_ids": [website],
            "starts_at": service.clock.now + 3_600,
            "ends_at": service.clock.now + 7_200,
        }
        call(service, "POST", "/issues", work)

        told = read(service.url)
        assert told["status"]["status"]["indicator"] == "critical"
        names = [(one["name"], one["status"]) for one in told["components"]["components"]]
        assert names == [("Shop", "major_outage"), ("Website", "major_outage")]
        (incident,) = told["unresolved"]["incidents"]
        assert (incident["name"], incident["status"]) == ("Checkout fails", "monitoring")
        assert incident["impact"] == "critical"
        assert [one["body"] for one in incident["incident_updates"]] == ["Fixed?", ""]
        (coming,) = told["upcoming"]["scheduled_maintenances"]
        assert (coming["name"], coming["status"]) == ("Upgrade", "scheduled")
        assert told["summary"]["incidents"] == [incident]
        assert told["summary"]["scheduled_maintenances"] == [coming]

        call(service, "POST", f"/issues/{issue}/updates", {"label": "resolved"})
        told = read(service.url)
        assert told["summary"]["status"]["indicator"] == "none"
        assert told["unresolved"]["incidents"] == []
        (closed,) = told["incidents"]["incidents"]
        assert (closed["id"], closed["status"]) == (issue, "resolved")

"""A client of the live API, v2, that follows the rules of the specification and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class LiveClientV2:
    """What a client holds of one stream. Feed it every event; then compare `picture`.

    `numbers` are `percent_uptime` and `incident_free_streak` as told last.
    """

    state: str = ""
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=list)
    numbers: tuple[float, float] = (-1.0, -1.0)

    def take(self, event: str, data: dict[str, Any]) -> None:
        """Follow one event, its data decoded."""
        self.state = data["state"]
        self.numbers = data["percent_uptime"], data["incident_free_streak"]
        match event:
            case "init_event":
                self.issues = {issue["id"]: issue for issue in data["issues"]}
                self.groups = data["groups"]
            case "status_created":
                self._take_state(data["status"])
            case "degraded" | "restored":
                assert (event == "restored") is (data["status"]["state"] == "operational")
                assert (event == "restored") is ("time_down" in data)
            case "issue_created" | "issue_started":
                self.issues[data["issue"]["id"]] = data["issue"]
            case "issue_ended":
                self.issues.pop(data["issue"]["id"], None)
            case "issue_updated":
                self._take_update(data["update"])
            case "issue_resolved" | "issue_cancelled":
                self.issues.pop(data["update"]["issue_id"], None)
            case "issue_reopened":
                self.issues[data["update"]["issue_id"]] = data["update"]["issue"]
            case _:
                assert event == "cache_grown", event

    def _take_state(self, status: dict[str, Any]) -> None:
        for component in self._named():
            if component["id"] == status["component"]["id"]:
                component["state"] = status["state"]

    def _named(self) -> Iterator[dict[str, Any]]:
        for holder in (*self.groups, *self.issues.values()):
            yield from holder["components"]

    def _take_update(self, update: dict[str, Any]) -> None:
        held = self.issues.get(update["issue_id"])
        if held is not None:
            held["updates"] = [update, *held["updates"]]

    @property
    def picture(self) -> dict[str, Any]:
        """What it holds, as an `init_event` would put it, but for the numbers."""
        ordered = sorted(
            self.issues.values(), key=lambda issue: (-issue["created_at"], issue["id"])
        )
        return {"state": self.state, "issues": ordered, "groups": self.groups}

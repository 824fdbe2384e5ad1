"""A client of the live API, v1, that follows the rules of the specification and nothing else."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class LiveClient:
    """What a client holds of one stream. Feed it every event; then compare `picture`."""

    state: str = ""
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, event: str, data: dict[str, Any]) -> None:
        """Follow one event, its data decoded."""
        self.state = data["state"]
        match event:
            case "init_event":
                self.issues = {issue["id"]: issue for issue in data["issues"]}
            case "issue_event":
                self._take_issue(data["issue"])
            case "update_event":
                self._take_update(data["update"])
            case _:
                assert event == "status_event", event

    def _take_issue(self, issue: dict[str, Any]) -> None:
        held = self.issues.get(issue["id"])
        if held and held["standing"] and not issue["standing"]:
            del self.issues[issue["id"]]
        else:
            self.issues[issue["id"]] = issue

    def _take_update(self, update: dict[str, Any]) -> None:
        held = self.issues.get(update["issue_id"])
        if held is None:
            return
        held["updates"] = [update, *held["updates"]]
        if update["label"] in ("resolved", "cancelled"):
            del self.issues[update["issue_id"]]

    @property
    def picture(self) -> dict[str, Any]:
        """What it holds, as an `init_event` would put it."""
        ordered = sorted(
            self.issues.values(), key=lambda issue: (-issue["created_at"], issue["id"])
        )
        return {"state": self.state, "issues": ordered}

"""What the status page says of an incident: an issue, which people draft from it."""

from dataclasses import dataclass

from tocsin.model.component import State, of_severity
from tocsin.model.incident import Command, Incident
from tocsin.model.incident_command import Act, Decision, begin
from tocsin.model.issue import IssueLabel

TITLE_LIMIT = 255


@dataclass(frozen=True)
class Draft:
    """What an issue about an incident may say, by the names of an issue's fields."""

    title: str
    body: str
    component_ids: tuple[str, ...]
    state_override: State | None
    label: IssueLabel = IssueLabel.INVESTIGATING


def draft(incident: Incident) -> Draft:
    """What there is to say in public: what is wrong and what that means, not why. A title that is
    too long for an issue is cut."""
    said = [text for text in (incident.description, incident.impact) if text]
    state = of_severity(incident.severity)
    return Draft(
        title=incident.title[:TITLE_LIMIT],
        body="\n\n".join(said),
        component_ids=incident.component_ids,
        state_override=None if state is State.OPERATIONAL else state,
    )


def posted(incident: Incident, issue_id: str, title: str, act: Act) -> Decision:
    """An issue about it has been posted."""
    said = f"Posted on the status page: {title}"
    return begin(incident, act.now_ms).then(Command.COMMENT, act, comment=said, issue_id=issue_id)

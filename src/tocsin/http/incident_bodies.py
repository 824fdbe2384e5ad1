"""What is asked of incidents. A body of a command makes it, whichever route it came by."""

from abc import abstractmethod
from typing import Annotated, Any

from msgspec import UNSET
from pydantic import Field

from tocsin.app import incident_commands
from tocsin.app.incident_commands import Reported
from tocsin.app.incidents import Command
from tocsin.http.body import Body, Id
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.model import incident_command as course
from tocsin.model.incident_command import (
    PEOPLE_LIMIT,
    SNOOZE_MINUTES,
    STORM_THRESHOLDS,
    TEXT_LIMIT,
    TITLE_LIMIT,
)
from tocsin.model.incident_edit import COMPONENTS_LIMIT, Changes
from tocsin.model.incident_merge import SOURCES_LIMIT
from tocsin.model.severity import Severity
from tocsin.store.tx import Tx

Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT)]
Text = Annotated[str, Field(max_length=TEXT_LIMIT)]
SeverityName = Annotated[Severity, Field(strict=False)]
ComponentIds = Annotated[tuple[Id, ...], Field(strict=False, max_length=COMPONENTS_LIMIT)]
PersonIds = Annotated[tuple[Number, ...], Field(strict=False, max_length=PEOPLE_LIMIT)]
SomePersonIds = Annotated[PersonIds, Field(min_length=1)]
Fields = Annotated[dict[str, Any], Field(description="By the names that the channel gives them.")]


class IncidentIn(Body):
    """An incident to be made by hand."""

    title: Title
    incident_severity: SeverityName
    channel_id: Number = 0
    description: Text = ""
    person_ids: PersonIds = ()
    component_ids: ComponentIds = ()
    fields: Fields = Field(default_factory=dict)

    def reported(self) -> Reported:
        """What the unit of work takes."""
        given = self.model_dump()
        return Reported(severity=given.pop("incident_severity"), **given)


class IncidentPatch(Patch):
    """What to change of an incident. Of `fields` those that are there; null empties one."""

    title: Title = absent()
    description: Text = absent()
    impact: Text = absent()
    root_cause: Text = absent()
    resolution: Text = absent()
    incident_severity: SeverityName = absent()
    fields: Fields = absent()
    component_ids: ComponentIds = absent()
    incident_id: Repeated = absent()
    num: Repeated = absent()
    incident_status: Repeated = absent()
    progress: Repeated = absent()
    created_at: Repeated = absent()
    updated_at: Repeated = absent()
    start_time: Repeated = absent()
    last_time: Repeated = absent()
    end_time: Repeated = absent()
    ack_time: Repeated = absent()
    close_time: Repeated = absent()
    snoozed_before: Repeated = absent()
    labels: Repeated = absent()
    creator: Repeated = absent()
    closer: Repeated = absent()
    responders: Repeated = absent()
    alert_cnt: Repeated = absent()
    channel_id: Repeated = absent()
    channel_name: Repeated = absent()
    detail_url: Repeated = absent()
    group_method: Repeated = absent()
    dedup_key: Repeated = absent()
    version: Repeated = absent()

    def changes(self) -> Changes:
        """What the unit of work takes."""
        given = self.given()
        return Changes(severity=given.pop("incident_severity", UNSET), **given)


class CommandBody(Body):
    """The body of a command."""

    @abstractmethod
    def command(self, tx: Tx) -> Command:
        """What it asks for. Refused (invalid): it names what does not exist."""


class Assignment(CommandBody):
    """To whom an incident is given, and to nobody else."""

    person_ids: SomePersonIds

    def command(self, tx: Tx) -> Command:
        return incident_commands.assign(tx, self.person_ids)


class Responders(CommandBody):
    """To whom an incident is given too."""

    person_ids: SomePersonIds

    def command(self, tx: Tx) -> Command:
        return incident_commands.add_responders(tx, self.person_ids)


class Ack(CommandBody):
    """Who takes an incident on; without `person_id` the caller."""

    person_id: Number | None = None

    def command(self, tx: Tx) -> Command:
        return incident_commands.ack(tx, self.person_id)


class Unack(CommandBody):
    """Who takes their acknowledgement back; without `person_id` the caller."""

    person_id: Number | None = None

    def command(self, tx: Tx) -> Command:
        return incident_commands.unack(tx, self.person_id)


class Wake(CommandBody):
    """Who ends a snooze; without `person_id` the caller."""

    person_id: Number | None = None

    def command(self, tx: Tx) -> Command:
        return incident_commands.wake(tx, self.person_id)


class Snooze(CommandBody):
    """How long an incident is to rest."""

    minutes: Annotated[int, Field(ge=SNOOZE_MINUTES.start, lt=SNOOZE_MINUTES.stop)]

    def command(self, tx: Tx) -> Command:
        return lambda incident, act: course.snooze(incident, self.minutes, act)


class Storm(CommandBody):
    """How many alerts there are, as somebody has seen."""

    threshold: Annotated[int, Field(ge=STORM_THRESHOLDS.start, lt=STORM_THRESHOLDS.stop)]

    def command(self, tx: Tx) -> Command:
        return lambda incident, act: course.storm(incident, self.threshold, act)


class Comment(CommandBody):
    """What there is to say about an incident."""

    comment: Annotated[Text, Field(min_length=1)]

    def command(self, tx: Tx) -> Command:
        return lambda incident, act: course.comment(incident, self.comment, act)


class Reopening(CommandBody):
    """Why an incident is opened again."""

    reason: Text = ""

    def command(self, tx: Tx) -> Command:
        return incident_commands.reopen(tx, self.reason)


class Resolution(CommandBody):
    """What there is to say when an incident is closed; what is left out stays as it is."""

    resolution: Text = absent()
    root_cause: Text = absent()

    def command(self, tx: Tx) -> Command:
        return incident_commands.resolve(
            **{name: getattr(self, name) for name in self.model_fields_set}
        )


class Merging(Body):
    """Which incidents are merged into this one."""

    source_ids: Annotated[
        tuple[Id, ...], Field(strict=False, min_length=1, max_length=SOURCES_LIMIT)
    ]
    comment: Text = ""


class Unmerging(Body):
    """Which merged incident is given back what was its."""

    source_id: Id

"""What is asked of channels, as the API takes it. Limits that several fields have together, and
what text means, is checked by model/channel.py."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag, TypeAdapter

from tocsin.http.body import Body, Name, Time
from tocsin.http.incident_bodies import SomePersonIds
from tocsin.http.page_settings import Timezone
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.model import assignment, custom_field, flapping, grouping, inhibition, matcher, storm
from tocsin.model.channel import (
    CLOSE_AFTER_S,
    INHIBITIONS_LIMIT,
    SILENCES_LIMIT,
    Channel,
    Rules,
)
from tocsin.model.custom_field import Kind
from tocsin.model.grouping import Since
from tocsin.model.incident import GroupMethod
from tocsin.model.incident_command import STORM_THRESHOLDS
from tocsin.model.matcher import Operator

_rules = TypeAdapter(Rules).validate_python
_channel = TypeAdapter(Channel).validate_python

Fact = Annotated[
    str,
    Field(min_length=1, max_length=matcher.KEY_LIMIT, description="`severity`, `labels.host` ..."),
]
FieldName = Annotated[str, Field(pattern=f"^{custom_field.NAME_PATTERN}$")]
Option = Annotated[str, Field(min_length=1, max_length=custom_field.OPTION_LIMIT)]
Options = Annotated[tuple[Option, ...], Field(strict=False, max_length=custom_field.OPTIONS_LIMIT)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[int, Field(ge=1, le=7)]
Threshold = Annotated[int, Field(ge=STORM_THRESHOLDS.start, lt=STORM_THRESHOLDS.stop)]
Thresholds = Annotated[
    tuple[Threshold, ...], Field(strict=False, max_length=storm.THRESHOLDS_LIMIT)
]
CloseAfter = Annotated[int, Field(ge=0, lt=CLOSE_AFTER_S.stop, description="0: never.")]


class ConditionIn(Body):
    """What one fact of an alert has to be: one of the values, or with NOTIN none of them."""

    key: Fact
    oper: Annotated[Operator, Field(strict=False)] = Operator.IN
    vals: Annotated[
        tuple[Annotated[str, Field(max_length=matcher.VALUE_LIMIT)], ...],
        Field(strict=False, min_length=1, max_length=matcher.VALUES_LIMIT),
    ]


Group = Annotated[
    tuple[ConditionIn, ...],
    Field(strict=False, min_length=1, max_length=matcher.CONDITIONS_LIMIT),
]
FilterIn = Annotated[
    tuple[Group, ...],
    Field(
        strict=False,
        max_length=matcher.GROUPS_LIMIT,
        description="Of the groups one has to match, of a group all conditions. None: every alert.",
    ),
]
SomeFilterIn = Annotated[FilterIn, Field(min_length=1)]


class GroupingIn(Body):
    """Which alerts come together in one incident: none, those equal in facts, or those alike."""

    method: Annotated[GroupMethod, Field(strict=False)] = GroupMethod.NONE
    equal: Annotated[
        tuple[Fact, ...], Field(strict=False, max_length=grouping.DIMENSIONS_LIMIT)
    ] = ()
    strict: bool = False
    threshold: Annotated[float, Field(ge=0.5, le=1)] = 0.9
    window_s: Annotated[int, Field(ge=0, le=grouping.WINDOW_LIMIT)] = 0
    since: Annotated[Since, Field(strict=False)] = Since.TRIGGER


class LevelIn(Body):
    """Who is asked, and after how many minutes without an ack the next level is."""

    person_ids: SomePersonIds
    after_minutes: Annotated[
        int, Field(ge=assignment.MINUTES.start, lt=assignment.MINUTES.stop)
    ] = 30


class RuleIn(Body):
    """To whom incidents are given whose first alert the filter is for."""

    filter: FilterIn = ()
    levels: Annotated[
        tuple[LevelIn, ...],
        Field(strict=False, min_length=1, max_length=assignment.LEVELS_LIMIT),
    ]
    delay_s: Annotated[int, Field(ge=0, le=assignment.DELAY_LIMIT)] = 0


class OnceIn(Body):
    """From one time to another, the end excluded."""

    starts_at: Time
    ends_at: Time


class WeeklyIn(Body):
    """On these days (1 Monday to 7 Sunday); an end that is not later is on the day after."""

    days: Annotated[tuple[Day, ...], Field(strict=False, min_length=1, max_length=7)]
    from_time: TimeOfDay
    to_time: TimeOfDay


def _window(given: Any) -> str:
    is_weekly = isinstance(given, WeeklyIn) or (isinstance(given, dict) and "days" in given)
    return "weekly" if is_weekly else "once"


WindowIn = Annotated[
    Annotated[OnceIn, Tag("once")] | Annotated[WeeklyIn, Tag("weekly")], Discriminator(_window)
]


class SilenceIn(Body):
    """Which alerts make no incident, and when."""

    name: Name
    filter: FilterIn = ()
    window: WindowIn


class InhibitionIn(Body):
    """Which alerts make no incident while there is another, where the facts in `equal` agree."""

    source: SomeFilterIn
    target: SomeFilterIn
    equal: Annotated[tuple[Fact, ...], Field(strict=False, max_length=inhibition.EQUAL_LIMIT)] = ()


class FlappingIn(Body):
    """How many changes within how many minutes are flapping."""

    changes: Annotated[int, Field(ge=flapping.CHANGES.start, lt=flapping.CHANGES.stop)] = 4
    minutes: Annotated[int, Field(ge=flapping.MINUTES.start, lt=flapping.MINUTES.stop)] = 60


class CustomFieldIn(Body):
    """A field of the channel's incidents; `options` for `single` and `multiple` alone."""

    name: FieldName
    kind: Annotated[Kind, Field(strict=False)]
    options: Options = ()


Assignment = Annotated[tuple[RuleIn, ...], Field(strict=False, max_length=assignment.RULES_LIMIT)]
Silences = Annotated[tuple[SilenceIn, ...], Field(strict=False, max_length=SILENCES_LIMIT)]
Inhibitions = Annotated[tuple[InhibitionIn, ...], Field(strict=False, max_length=INHIBITIONS_LIMIT)]
CustomFields = Annotated[
    tuple[CustomFieldIn, ...], Field(strict=False, max_length=custom_field.FIELDS_LIMIT)
]


class ChannelIn(Body):
    """A channel to be made. `flapping` null: nothing is told to flap."""

    name: Name
    timezone: Timezone = "UTC"
    grouping: GroupingIn = GroupingIn()
    storm_thresholds: Thresholds = ()
    close_on_recovery: bool = True
    close_after_s: CloseAfter = 0
    assignment: Assignment = ()
    silences: Silences = ()
    inhibitions: Inhibitions = ()
    flapping: FlappingIn | None = FlappingIn()
    fields: CustomFields = ()

    def rules(self) -> Rules:
        """What the unit of work takes."""
        return _rules(self.model_dump())


class ChannelPatch(Patch):
    """What to change of a channel; a list or object replaces the whole of what there was."""

    name: Name = absent()
    timezone: Timezone = absent()
    grouping: GroupingIn = absent()
    storm_thresholds: Thresholds = absent()
    close_on_recovery: bool = absent()
    close_after_s: CloseAfter = absent()
    assignment: Assignment = absent()
    silences: Silences = absent()
    inhibitions: Inhibitions = absent()
    flapping: FlappingIn | None = absent()
    fields: CustomFields = absent()
    id: Repeated = absent()
    created_at: Repeated = absent()

    def edited(self, channel: Channel) -> Channel:
        """The channel with what is to be changed."""
        given = self.model_dump(include=set(self.given()))
        return _channel({**vars(channel), **given})

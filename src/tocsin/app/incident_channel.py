"""What an incident takes from the channel that it is filed under."""

from dataclasses import dataclass

from sqlalchemy import Connection

from tocsin.model.custom_field import Fields
from tocsin.model.errors import invalid
from tocsin.model.incident import GroupMethod


@dataclass(frozen=True)
class Filing:
    """The channel of an incident, by the names of its fields; `fields` are those that it may
    have."""

    channel_id: int = 0
    channel_name: str = ""
    group_method: GroupMethod = GroupMethod.NONE
    fields: Fields = ()


def filing(_conn: Connection, channel_id: int) -> Filing:
    """What the channel gives. 0 is no channel. Refused (invalid): there is no such channel."""
    if channel_id:
        raise invalid("channel_id", "there is no such channel")
    return Filing()

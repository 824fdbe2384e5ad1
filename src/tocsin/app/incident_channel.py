"""What an incident takes from the channel that it is filed under."""

from dataclasses import dataclass

from sqlalchemy import Connection

from tocsin.app import channels
from tocsin.model.assignment import Rule
from tocsin.model.channel import Channel
from tocsin.model.custom_field import Fields
from tocsin.model.incident import GroupMethod
from tocsin.store import channels as rows


@dataclass(frozen=True)
class Filing:
    """The channel of an incident, by the names of its fields; `fields` are those that it may have,
    `assignment` says whom it is given to."""

    channel_id: int = 0
    channel_name: str = ""
    group_method: GroupMethod = GroupMethod.NONE
    fields: Fields = ()
    assignment: tuple[Rule, ...] = ()


def filing(conn: Connection, channel_id: int) -> Filing:
    """What the channel gives to a new incident. 0 is no channel. Refused (invalid): there is no
    such channel."""
    return _filing(channels.named(conn, channel_id)) if channel_id else Filing()


def known_fields(conn: Connection, channel_id: int) -> Fields:
    """The fields that an incident of the channel may have; none if that was deleted since."""
    channel = rows.find(conn, channel_id)
    return () if channel is None else channel.fields


def _filing(channel: Channel) -> Filing:
    return Filing(
        channel.id, channel.name, channel.grouping.method, channel.fields, channel.assignment
    )

"""What can be done with channels, as units of work."""

import msgspec
from sqlalchemy import Connection

from tocsin.model import channel as model
from tocsin.model.channel import Channel, Rules
from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.store import channels, endpoints, incidents, people
from tocsin.store.tx import Tx


def get(conn: Connection, channel_id: int) -> Channel:
    """The channel of that number. Refused: not_found."""
    found = channels.find(conn, channel_id)
    if found is None:
        raise not_found("channel")
    return found


def named(conn: Connection, channel_id: int) -> Channel:
    """The channel that something else names. Refused (invalid): there is no such channel."""
    found = channels.find(conn, channel_id)
    if found is None:
        raise invalid("channel_id", "there is no such channel")
    return found


def create(tx: Tx, rules: Rules) -> Channel:
    """Make a channel. Refused (invalid): rules that make no sense, or name somebody whom there is
    not."""
    _check(tx.conn, rules)
    channel = Channel(id=channels.next_id(tx.conn), created_at=tx.now, **vars(rules))
    channels.add(tx.conn, channel)
    _append(tx, "created", channel)
    return channel


def edit(tx: Tx, before: Channel, after: Channel) -> Channel:
    """Change a channel. Its open incidents go by its new name, and by its new rules from now on.
    Refused as `create`."""
    if after == before:
        return before
    _check(tx.conn, after)
    channels.save(tx.conn, after, tx.now)
    if after.name != before.name:
        incidents.rename_channel(tx.conn, after.id, after.name)
    _append(tx, "edited", after)
    return after


def delete(tx: Tx, channel: Channel) -> None:
    """Delete a channel. Refused (in_use) while an open incident, an integration or an endpoint
    names it."""
    if incidents.open_in(tx.conn, channel.id):
        raise Refused(Code.IN_USE, "An open incident is in the channel.")
    if channels.has_integrations(tx.conn, channel.id):
        raise Refused(Code.IN_USE, "An integration brings alerts to the channel.")
    if named := endpoints.naming_channel(tx.conn, channel.id):
        raise Refused(Code.IN_USE, f"The endpoint {named[0].name} is for the channel.")
    channels.remove(tx.conn, channel.id, tx.now)
    _append(tx, "deleted", channel)


def _check(conn: Connection, rules: Rules) -> None:
    model.check(rules)
    asked = list(model.person_ids(rules))
    found = people.load(conn, {person_id for _, person_id in asked})
    for path, person_id in asked:
        if person_id not in found:
            raise invalid(path, "there is no such person")


def _append(tx: Tx, happened: str, channel: Channel) -> None:
    data = msgspec.json.encode({"channel": channel})
    tx.append(f"tocsin.channel.{happened}", f"channel/{channel.id}", data)

"""/api/v1/channels."""

from typing import Self

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from tocsin.app import channels
from tocsin.http.changes import change, created, done, removed
from tocsin.http.channel_bodies import ChannelIn, ChannelPatch
from tocsin.http.incident_bodies import Number
from tocsin.http.listing import Listing, Page, written
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.assignment import Rule
from tocsin.model.channel import Channel
from tocsin.model.custom_field import CustomField
from tocsin.model.errors import Code
from tocsin.model.flapping import Flapping
from tocsin.model.grouping import Grouping
from tocsin.model.inhibition import Inhibition
from tocsin.model.silence import Silence
from tocsin.store import channels as rows
from tocsin.store.tx import Tx

routes = Routes("channels")


class ChannelOut(BaseModel):
    """A channel: its rules, by its number."""

    id: int
    name: str
    timezone: str
    grouping: Grouping
    storm_thresholds: list[int]
    close_on_recovery: bool
    close_after_s: int
    assignment: list[Rule]
    silences: list[Silence]
    inhibitions: list[Inhibition]
    flapping: Flapping | None
    fields: list[CustomField]
    created_at: int

    @classmethod
    def of(cls, channel: Channel) -> Self:
        """As the API shows it."""
        return cls(**vars(channel))


@routes.get("/channels", answers=Listing[ChannelOut])
async def list_channels(request: Request, page: Page) -> Listing[ChannelOut]:
    """Every channel, newest first."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before_number, page.fetch))
    return page.page(found, lambda one: written(one.id), ChannelOut.of)


@routes.post("/channels", Scope.INCIDENTS_WRITE, answers=ChannelOut)
async def create_channel(request: Request, given: ChannelIn) -> Response:
    """Make a channel."""
    rules = given.rules()
    return await change(
        request,
        lambda tx: channels.create(tx, rules),
        lambda made: created(ChannelOut.of(made), str(made.id)),
    )


@routes.get("/channels/{channel_id}", answers=ChannelOut)
async def show_channel(request: Request, channel_id: Number) -> ChannelOut:
    """One channel."""
    store = services_of(request).store
    return ChannelOut.of(await store.read(lambda conn: channels.get(conn, channel_id)))


@routes.patch("/channels/{channel_id}", Scope.INCIDENTS_WRITE, answers=ChannelOut)
async def edit_channel(request: Request, channel_id: Number, given: ChannelPatch) -> Response:
    """Change a channel. Its new rules are for what comes from now on."""

    def unit(tx: Tx) -> Channel:
        channel = channels.get(tx.conn, channel_id)
        given.check_repeated(ChannelOut.of(channel))
        return channels.edit(tx, channel, given.edited(channel))

    return await change(request, unit, lambda one: done(ChannelOut.of(one), str(one.id)))


@routes.delete("/channels/{channel_id}", Scope.INCIDENTS_WRITE, refuses=(Code.IN_USE,))
async def delete_channel(request: Request, channel_id: Number) -> Response:
    """Delete a channel, which no open incident and no integration may name."""
    return await change(
        request, lambda tx: channels.delete(tx, channels.get(tx.conn, channel_id)), removed
    )

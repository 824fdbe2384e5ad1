"""`webhook listen`: a receiver on this machine, to see what an endpoint is sent."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from tocsin.cli.options import LOCAL, Token, Url
from tocsin.cli.webhook_fault import Fault

if TYPE_CHECKING:
    from tocsin.cli.webhook_arrival import Arrival
    from tocsin.client import Client

app = typer.Typer(help="Receive webhooks.", no_args_is_help=True)

_ROUTE = "/api/v1/webhooks"


Port = Annotated[int, typer.Option(min=0, max=65_535, help="0 picks a free one.")]
Secret = Annotated[
    str | None,
    typer.Option(envvar="TOCSIN_WEBHOOK_SECRET", help="The endpoint's secret.", show_default=False),
]
Misbehaviour = Annotated[Fault | None, typer.Option(help="How to misbehave.", show_default=False)]
Every = Annotated[int, typer.Option(min=1, help="Misbehave at every Nth request.")]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON for each.")]
Subscribe = Annotated[
    bool, typer.Option("--subscribe", help="Make an endpoint, and delete it at the end.")
]
Profile = Annotated[Literal["flashduty", "cloudevents"], typer.Option(help="The endpoint's.")]
EventTypes = Annotated[
    list[str] | None, typer.Option(help="What the endpoint is told of.", show_default="all")
]
Topics = Annotated[
    list[str] | None, typer.Option(help="Patterns: * one token, > the rest.", show_default="all")
]
ReachedAt = Annotated[
    str | None,
    typer.Option(help="Where the server reaches this.", show_default="the local address"),
]


@app.command()
def listen(
    port: Port = 0,
    secret: Secret = None,
    fault: Misbehaviour = None,
    every: Every = 1,
    json: Json = False,
    subscribe: Subscribe = False,
    profile: Profile = "flashduty",
    event_type: EventTypes = None,
    topic: Topics = None,
    reached_at: ReachedAt = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Print what webhooks tell, each request with whether it is rightly signed.

    It listens on 127.0.0.1 until Ctrl-C; what is not rightly signed is answered with 401.
    """
    from tocsin.cli.webhook_listener import Listener
    from tocsin.client import Client
    from tocsin.wire import signature

    if not subscribe and (event_type or topic or reached_at):
        raise typer.BadParameter("--event-type, --topic and --reached-at go with --subscribe.")
    if secret is not None:
        signature.key(secret)
    wanted = {
        "profile": profile,
        "event_types": event_type,
        "topics": topic,
        "secret": secret,
    }

    def show(arrival: "Arrival", outcome: str) -> None:
        print(arrival.as_json(outcome) if json else arrival.as_text(outcome), flush=True)

    async def run() -> None:
        listener = Listener(fault, every, show)
        ended = _ended()
        async with listener.listening(port) as address:
            _say(f"listening at {address}")
            if not subscribe:
                listener.knows(secret)
                await ended.wait()
                return
            there = {"url": reached_at or address, **wanted}
            async with Client(url, token) as client, _endpoint(client, there) as made:
                listener.knows(made)
                await ended.wait()

    asyncio.run(run())


def _ended() -> asyncio.Event:
    """Set when somebody wants the process to end."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    return ended


@asynccontextmanager
async def _endpoint(client: "Client", wanted: dict[str, Any]) -> AsyncIterator[str]:
    """The secret of an endpoint that is there while the block runs."""
    given = {name: value for name, value in wanted.items() if value is not None}
    made = await client.call("POST", _ROUTE, {"name": "tocsin webhook listen", **given})
    _say(f"endpoint {made['id']} tells it until this ends")
    for warning in made["warnings"]:
        _say(f"{warning['code']}: {warning['detail']}")
    try:
        yield made["secret"]
    finally:
        await client.call("DELETE", f"{_ROUTE}/{made['id']}")
        _say(f"endpoint {made['id']} is deleted")


def _say(what: str) -> None:
    typer.echo(f"tocsin: {what}", err=True)

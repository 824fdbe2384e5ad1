"""`publish`, `notify` and `watch`: clients of any Tocsin, found by TOCSIN_URL and TOCSIN_TOKEN."""

import asyncio
import sys
from typing import Annotated

import typer

from tocsin.cli.options import LOCAL, Token, Url


class BadData(Exception):  # noqa: N818 - the caller's mistake
    """What was given as --data is not JSON."""


def publish(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="e.g. com.example.deployed")],
    topic: Annotated[str, typer.Option(help="e.g. deploy/website")],
    data: Annotated[str | None, typer.Option(help="JSON; - reads it from stdin.")] = None,
    key: Annotated[
        str | None, typer.Option(help="What orders it.", show_default="the topic")
    ] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Stored once in 24 h.")] = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Publish one event, and print its position once it is on the server's disk."""
    from tocsin.client import Client

    more = {name: value for name, value in {"key": key, "id": id_}.items() if value is not None}
    value = _json(data)

    async def send() -> str:
        async with Client(url, token) as client:
            return (await client.publish(type_, topic, value, **more)).last

    print(asyncio.run(send()))


def notify(
    class_: Annotated[
        str, typer.Argument(metavar="CLASS", help="Who has subscribed to it sees it.")
    ],
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="What is shown.")],
    priority: Annotated[
        int | None,
        typer.Option(min=0, max=10, help="0 informs, 3 warns, 6 is critical, 9 urgent."),
    ] = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Send a notice to everybody who has subscribed to its class, and print its position."""
    from tocsin.client import Client

    async def send() -> str:
        async with Client(url, token) as client:
            return (await client.notify(class_, message, priority)).position

    print(asyncio.run(send()))


def _json(text: str | None) -> object:
    import msgspec

    if text is None:
        return None
    try:
        return msgspec.json.decode(sys.stdin.read() if text == "-" else text, type=msgspec.Raw)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise BadData(f"--data is not JSON: {error}") from error


def watch(
    topics: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC]...", help="Patterns: * one token, > the rest. With --ws: classes."
        ),
    ] = None,
    ws: Annotated[
        bool, typer.Option("--ws", help="Notices, over WebSocket: --ws CLASS...")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            help="A position, earliest, latest, or an RFC 3339 time.", show_default="latest"
        ),
    ] = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Print every event as it comes, one CloudEvent (JSON) a line; with --ws, every notice.

    What the stream says of itself goes to stderr. A lost connection is made again and goes on where
    it ended.
    """
    import logging

    from tocsin.client import Client

    logging.basicConfig(format="tocsin: %(message)s", level=logging.INFO)

    async def follow() -> None:
        async with Client(url, token) as client:
            wanted = topics or []
            reader = client.notices if ws else client.subscribe
            async for told in reader(*wanted, since=since):
                print(_one_line(told.text), flush=True)

    try:
        asyncio.run(follow())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _one_line(text: str) -> str:
    """JSON without the line breaks of its layout; in its strings there are none but escaped."""
    return text.replace("\n", " ")

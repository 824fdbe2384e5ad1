"""`operation run` and `operation watch`: a command that others can watch, and watching one."""

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.options import LOCAL, Token, Url

if TYPE_CHECKING:
    from tocsin.client import OperationMessage

app = typer.Typer(
    help="Show others how a command goes on, or watch one.",
    no_args_is_help=True,
)

_COLOURS = {"INFO": "yellow", "SUCCESS": "green", "ERROR": "red"}


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="With its arguments.")],
    id_: Annotated[
        str | None,
        typer.Option("--id", help="What it is watched by; each run is one more of it."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Run COMMAND, and show each line of its output to those who watch the operation.

    Ends with the status of the command, whatever becomes of the server: lines are kept while it is
    away.
    """
    from tocsin.cli import child
    from tocsin.client import Client

    logging.basicConfig(format="tocsin: %(message)s", level=logging.WARNING)

    async def work() -> int:
        async with (
            Client(url, token) as client,
            client.operation(id_, name=name, on_open=_say_opened) as operation,
        ):

            async def tell(lines: list[str]) -> None:
                for line in lines:
                    operation.say(line)
                await operation.room()

            status = await child.run(command, tell)
            operation.outcome = "error" if status else "success"
        return status

    try:
        status = asyncio.run(work())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(status)


def _say_opened(opened: str, url: str) -> None:
    with suppress(OSError):  # our own output has gone; the command's goes on
        typer.echo(f"tocsin: operation {opened}, to be watched at {url}", err=True)


@app.command()
def watch(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The operation's.")],
    run: Annotated[
        str | None,
        typer.Option(help="A number, or last.", show_default="the open one, else the next"),
    ] = None,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Print what an operation says, until its run is closed.

    Ends with 0 when that was a success, else with 1. A lost connection is made again and goes on
    where it ended.
    """
    from tocsin.client import Client

    logging.basicConfig(format="tocsin: %(message)s", level=logging.INFO)

    async def follow() -> str | None:
        async with Client(url, token) as client:
            watch = client.watch_operation(id_, run)
            async for message in watch.messages():
                _show(message)
        typer.echo(f"tocsin: run {watch.run} of {id_} ended: {watch.outcome}", err=True)
        return watch.outcome

    try:
        outcome = asyncio.run(follow())
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(0 if outcome == "success" else 1)


def _show(message: "OperationMessage") -> None:
    from tocsin.wire.terminal import plain

    typer.secho(plain(message.body), fg=_COLOURS.get(message.level))

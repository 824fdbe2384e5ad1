"""All commands, joined."""

from typing import Annotated

import typer

import tocsin
from tocsin.cli import access, operation, serve, stream, upkeep, webhook

app = typer.Typer(
    help="Tocsin: one durable, ordered log of what happens to your systems, pushed live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(serve.demo)
app.add_typer(access.users, name="user")
app.add_typer(access.tokens, name="token")
app.command()(stream.publish)
app.command()(stream.notify)
app.command()(stream.watch)
app.add_typer(operation.app, name="operation")
app.add_typer(webhook.app, name="webhook")
app.command("check-config")(upkeep.check_config)
app.command()(upkeep.migrate)
app.command()(upkeep.backup)
app.command()(upkeep.restore)
app.command()(upkeep.prune)
app.command()(upkeep.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"tocsin {tocsin.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say which one."),
    ] = False,
) -> None:
    """What stands before a command."""

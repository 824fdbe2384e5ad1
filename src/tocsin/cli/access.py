"""`user add` and `token add`."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.options import Config, Data, settings_of
from tocsin.model.access import Role, Scope

if TYPE_CHECKING:
    from tocsin.cli.administration import NewUser
    from tocsin.config import Settings

users = typer.Typer(help="Those who sign in.", no_args_is_help=True)
tokens = typer.Typer(help="What programs show.", no_args_is_help=True)


@users.callback()
def _users() -> None:
    """Keeps `add` a command of the group although it is the only one."""


@tokens.callback()
def _tokens() -> None:
    """Keeps `add` a command of the group although it is the only one."""


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str, typer.Option(help="As others see it.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from stdin, not made up.")
    ] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a user. A password that was made up is printed, this once."""
    from tocsin.cli.administration import NewUser

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    made_up = asyncio.run(
        _add_user(settings_of(config, data), NewUser(email, name, role, password))
    )
    if made_up:
        print(made_up)


@tokens.command("add")
def add_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Whom it acts as.", show_default=False)
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a token and print it, this once."""
    print(asyncio.run(_add_token(settings_of(config, data), name, scope, user)))


async def _add_user(settings: "Settings", user: "NewUser") -> str | None:
    from tocsin.cli.administration import administration

    async with administration(settings) as store:
        return await store.add_user(user)


async def _add_token(
    settings: "Settings", name: str, scopes: list[Scope], email: str | None
) -> str:
    from tocsin.cli.administration import administration

    async with administration(settings) as store:
        return await store.add_token(name, scopes, email)

"""What several commands share: options, the settings they make, and what a first start says."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tocsin.app.admin import Made
    from tocsin.config import Settings

Data = Annotated[Path | None, typer.Option(help="The data folder.", show_default="./tocsin-data")]
Config = Annotated[Path | None, typer.Option(help="A configuration file.", show_default=False)]

Url = Annotated[str, typer.Option(envvar="TOCSIN_URL", help="The server.")]
Token = Annotated[
    str | None, typer.Option(envvar="TOCSIN_TOKEN", help="The token.", show_default=False)
]

LOCAL = "http://127.0.0.1:7070"


def settings_of(config: Path | None, data: Path | None, **server: object) -> "Settings":
    """The settings under these flags; None is a flag that was not given. Raises `BadConfig`."""
    from tocsin.config import load

    given = {name: str(value) for name, value in server.items() if value is not None}
    return load(config, {"server": given, "store": {"data": data} if data else {}})


def say_made(made: "Made") -> None:
    """Show the password of the administrator who was made just now, this once."""
    from tocsin.app.admin import EMAIL

    if made.password:
        typer.echo(f"tocsin: sign in as {EMAIL} with the password {made.password}", err=True)

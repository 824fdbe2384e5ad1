"""`serve` runs everything; `demo` does so on a sample."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.options import Config, Data, say_made, settings_of

if TYPE_CHECKING:
    from tocsin.config import Settings
    from tocsin.folder import DataFolder
    from tocsin.service import Started


def serve(
    host: Annotated[
        str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="The port; 0 picks one.", show_default="7070")
    ] = None,
    data: Data = None,
    config: Config = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
) -> None:
    """Run everything: log, API, streams and page.

    Prints one line, `tocsin ready http://HOST:PORT`, when it answers.
    """
    flags = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    run(settings_of(config, data, **flags), _say_ready)


def demo(
    port: Annotated[int, typer.Option(help="The port; 0 picks one.")] = 7070,
) -> None:
    """Run on a temporary folder with a sample page that lives."""
    from tocsin.cli.demo import run_demo

    run_demo(port)


def run(settings: "Settings", ready: "Callable[[Started], None]") -> None:
    """Own the data folder and serve until a signal ends it; `ready` is told where it answers.

    Raises what keeps it from starting.
    """
    # A start makes much and drops little: looking for garbage meanwhile takes a tenth of its time.
    gc.disable()

    from tocsin import logs
    from tocsin.cli import open_files
    from tocsin.folder import DataFolder

    logs.configure(settings.log.level, settings.log.format)
    limit = open_files.raise_limit()
    folder = DataFolder(settings.store.data)

    def answers(started: "Started") -> None:
        gc.enable()
        _leave_address(folder, started.url)
        ready(started)

    with folder.own():
        import uvloop

        from tocsin import service

        _tell(limit, settings.push.max_connections)
        uvloop.run(service.run(settings, ready=answers, keep_token=folder.keep_admin_token))


def _leave_address(folder: "DataFolder", url: str) -> None:
    """With a full disk too the page can be read; only commands on the folder miss the address."""
    from structlog import get_logger

    from tocsin.folder import FolderUnusable

    try:
        folder.leave_address(url)
    except FolderUnusable as error:
        get_logger(__name__).warning(
            "commands on the folder cannot ask this server", why=str(error)
        )


def _say_ready(started: "Started") -> None:
    """The one line that whoever started it waits for."""
    say_made(started.made)
    print(f"tocsin ready {started.url}", flush=True)


def _tell(limit: int, wanted: int) -> None:
    """Say how many streams fit; as a warning when they are too few."""
    from structlog import get_logger

    from tocsin.cli.open_files import complaint
    from tocsin.push.limits import streams_within

    log = get_logger(__name__)
    if said := complaint(limit, wanted):
        log.warning(said, open_files=limit)
    else:
        log.info("streams", room_for=streams_within(limit), open_files=limit)

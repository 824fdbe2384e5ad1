"""What an operator does now and then: check-config, migrate, backup, restore, prune, doctor."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.cli.options import Config, Data, settings_of

if TYPE_CHECKING:
    from tocsin.config import Settings


def check_config(data: Data = None, config: Config = None) -> None:
    """Say whether the settings make sense, and print them as they apply."""
    from tocsin.config import values

    for key, value in values(settings_of(config, data)):
        print(f"{key} = {value}")


def migrate(data: Data = None, config: Config = None) -> None:
    """Bring the database to this version's schema. SQLite does so at the start by itself."""
    from tocsin.folder import DataFolder
    from tocsin.store import schema

    settings = settings_of(config, data)
    with DataFolder(settings.store.data).own():
        changed = schema.migrate(settings.store_url)
    print(f"The schema is {'now' if changed else 'already'} at {schema.REVISION}.")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Copy the store into FILE, while it is in use, and print the position of the copy."""
    print(asyncio.run(_backup(settings_of(config, data), file)))


async def _backup(settings: "Settings", file: Path) -> str:
    from tocsin.cli.administration import administration, require_store

    require_store(settings)
    async with administration(settings) as store:
        return await store.backup(file)


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A backup; none after restoring PostgreSQL."),
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Put a copy of FILE in the place of the store, under a new epoch.

    Readers that resume with an older position are told so (`reset`). What was there before is kept
    beside it. PostgreSQL is restored with its own tools; then this, without FILE, begins the epoch.
    """
    from tocsin.folder import DataFolder
    from tocsin.store import backup as copies

    settings = settings_of(config, data)
    with DataFolder(settings.store.data).own():
        if file is None:
            print(asyncio.run(_begin_epoch(settings)))
            return
        position, kept = copies.restore(settings.store_url, file)
    print(position)
    if kept:
        typer.echo(f"What was there before is in {kept}", err=True)


async def _begin_epoch(settings: "Settings") -> str:
    from tocsin.app.clock import SystemClock
    from tocsin.store.backup import begin_epoch
    from tocsin.store.store import open_store

    store = open_store(settings.store_url, SystemClock(), readers=1)
    await store.start()
    try:
        committed = await store.change(begin_epoch)
    finally:
        await store.stop()
    return f"{committed.value}-{committed.sequence}"


def prune(data: Data = None, config: Config = None) -> None:
    """Remove what log.keep_days and log.keep_events no longer keep, as the server does hourly."""
    print(f"{asyncio.run(_prune(settings_of(config, data)))} events removed")


async def _prune(settings: "Settings") -> int:
    from tocsin.cli.administration import administration, require_store

    require_store(settings)
    async with administration(settings) as store:
        return await store.prune()


def doctor(data: Data = None, config: Config = None) -> None:
    """Look whether all is well: settings, limits, folder, schema, integrity and density of the log.

    Changes nothing, and may run beside the server. Ends with 1 when something is wrong.
    """
    from tocsin.cli.doctor import examine

    well = True
    for finding in examine(settings_of(config, data)):
        print(f"{'ok  ' if finding.well else 'BAD '} {finding.about}: {finding.said}", flush=True)
        well = well and finding.well
    if not well:
        raise typer.Exit(1)

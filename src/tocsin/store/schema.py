"""The schema's version: checked at every start, changed by Alembic's migrations."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from tocsin.store.engine import Backend, backend_for, translated
from tocsin.store.errors import StoreUnavailable

# The newest of migrations/versions; known here because importing Alembic costs a start 300 ms.
REVISION = "0004"

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(url: str) -> bool:
    """Bring the database that `url` names to this version's schema; False when it is there already.

    Raises StoreUnavailable when it cannot be used, or is newer than this version.
    """
    backend = backend_for(url, readers=1)
    with translated(backend):
        return _migrate(backend)


def prepare(backend: Backend) -> None:
    """Make sure that the schema is this version's, by migrating it where a start may do so."""
    if backend.migrates_at_start:
        _migrate(backend)
        return
    with backend.writing.connect() as conn:
        found = found_revision(conn)
    if found != REVISION:
        raise StoreUnavailable(
            f"The database's schema is {found or 'missing'}, this Tocsin needs {REVISION}: "
            "run `tocsin migrate`, or a newer Tocsin."
        )


def _migrate(backend: Backend) -> bool:
    with backend.writing.begin() as conn:
        backend.enter(conn)
        if found_revision(conn) == REVISION:
            return False
        _upgrade(conn)
        return True


def found_revision(conn: Connection) -> str | None:
    """The revision that the database says it has; None in an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    version: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _upgrade(conn: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreUnavailable(f"The schema cannot be migrated by this Tocsin: {error}") from error

"""The command line. What a command needs is imported when it runs, so that each starts fast."""

import errno
import os
import sys

# Of the machine and said by the system in plain words; any other error of its is a bug of ours.
_FULL_OR_BROKEN = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})


def main() -> None:
    """The entry point; ends the process with 0, 1 (it failed, and said why) or 2 (misused)."""
    from tocsin.cli.commands import app

    try:
        app()
    except BrokenPipeError:
        # Whoever read the output has gone.
        _write_no_more()
        sys.exit(1)
    except Exception as error:
        if not (said := _for_people(error)):
            raise
        print(f"tocsin: {said}", file=sys.stderr)
        _write_no_more()
        sys.exit(1)


def _write_no_more() -> None:
    """Python would complain once more when it flushes what is left at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _for_people(error: Exception) -> str | None:
    """What is wrong and what to do, as our own exceptions say; a bug has a traceback instead."""
    if type(error).__module__.startswith("tocsin."):
        return str(error)
    if isinstance(error, OSError) and error.errno in _FULL_OR_BROKEN:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return None

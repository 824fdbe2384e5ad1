"""The command line. What a command needs is imported when it runs, so that each starts fast."""

import os
import sys


def main() -> None:
    """The entry point; ends the process with 0, 1 (it failed, and said why) or 2 (misused)."""
    from tocsin.cli.commands import app

    try:
        app()
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if not _is_for_people(error):
            raise
        print(f"tocsin: {error}", file=sys.stderr)
        sys.exit(1)


def _is_for_people(error: Exception) -> bool:
    """Our own exceptions say what is wrong and what to do; any other is a bug with a traceback."""
    return type(error).__module__.startswith("tocsin.")

"""What the program says about itself: one structured line for each event of note, on stderr."""

import logging
import sys
from typing import Literal, TextIO, cast

# structlog would import rich, for tracebacks that this program does not draw: 50 ms and 5 MB.
cast("dict[str, object]", sys.modules).setdefault("rich", None)
import structlog  # noqa: E402
from structlog.typing import EventDict, Processor  # noqa: E402

if sys.modules["rich"] is None:
    del sys.modules["rich"]

Format = Literal["auto", "console", "json"]

# Libraries whose chatter is no news at "info".
_CHATTY = ("alembic.runtime.plugins", "websockets.server")

# What is done with every line, whether it came from structlog or from a library's stdlib logger.
_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure(level: str, form: Format, stream: TextIO | None = None) -> None:
    """Send every logger of the process to `stream` (stderr), from `level` up, in this form.

    Loggers are made by `structlog.get_logger(__name__)` or by stdlib's `logging.getLogger`; both
    end here. "auto" is for people when the stream is a terminal and JSON lines otherwise.
    """
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_colours,
                *_renderers(form, out),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _without_colours(_logger: object, _method: str, line: EventDict) -> EventDict:
    """uvicorn says some things twice, the second time for terminals."""
    line.pop("color_message", None)
    return line


def _renderers(form: Format, out: TextIO) -> list[Processor]:
    terminal = out.isatty()
    if form == "console" or (form == "auto" and terminal):
        return [structlog.dev.ConsoleRenderer(colors=terminal)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]

"""Log lines: the same form for our own loggers and for those of libraries."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from tocsin.logs import configure


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_json_is_one_object_a_line_for_our_loggers_and_for_libraries() -> None:
    out = io.StringIO()
    configure("info", "json", out)
    structlog.get_logger("tocsin.test").info("store opened", path="/data")
    logging.getLogger("uvicorn.error").warning(
        "%d left", 3, extra={"peer": "a", "color_message": ""}
    )
    ours, theirs = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (ours["event"], ours["path"], ours["level"]) == ("store opened", "/data", "info")
    assert (theirs["event"], theirs["peer"], theirs["logger"]) == ("3 left", "a", "uvicorn.error")
    assert ours["timestamp"].endswith("Z")
    assert "color_message" not in theirs


def test_an_exception_is_kept_in_its_line() -> None:
    out = io.StringIO()
    configure("info", "json", out)
    try:
        raise LookupError("gone")
    except LookupError:
        structlog.get_logger("tocsin.test").exception("failed")
    assert "LookupError: gone" in json.loads(out.getvalue())["exception"]


def test_what_is_below_the_level_is_left_out() -> None:
    out = io.StringIO()
    configure("warning", "json", out)
    structlog.get_logger("tocsin.test").info("quiet")
    logging.getLogger("library").info("quiet")
    assert out.getvalue() == ""


def test_auto_is_json_when_nobody_sits_in_front_of_it() -> None:
    out = io.StringIO()
    configure("info", "auto", out)
    structlog.get_logger("tocsin.test").info("hello")
    assert json.loads(out.getvalue())["event"] == "hello"


def test_console_is_for_people() -> None:
    out = io.StringIO()
    configure("info", "console", out)
    structlog.get_logger("tocsin.test").info("hello", name="world")
    assert "hello" in out.getvalue()
    assert "name=world" in out.getvalue()

"""The span of time that an issue is planned for, or took: begin and end in Unix seconds."""

from datetime import UTC, datetime

from tocsin.model.errors import invalid


def check_planned(starts_at: int | None, ends_at: int | None, now: int) -> None:
    """Refuse (`invalid`) a plan that is incomplete, backwards or not in the future."""
    if starts_at is None and ends_at is None:
        return
    check_order(starts_at, ends_at)
    if starts_at is not None and starts_at <= now:
        raise invalid("starts_at", "must be in the future")


def check_order(starts_at: int | None, ends_at: int | None) -> tuple[int, int]:
    """Both times of a plan; refuses (`invalid`) one that is incomplete or backwards."""
    if starts_at is None or ends_at is None:
        missing = "starts_at" if starts_at is None else "ends_at"
        raise invalid(missing, "starts_at and ends_at go together")
    if starts_at >= ends_at:
        raise invalid("ends_at", "must be after starts_at")
    return starts_at, ends_at


def check_past(began_at: int | None, ended_at: int | None, now: int) -> None:
    """Refuse (`invalid`) a past that is incomplete, backwards or not over yet."""
    if began_at is None and ended_at is None:
        return
    if began_at is None or ended_at is None:
        missing = "began_at" if began_at is None else "ended_at"
        raise invalid(missing, "began_at and ended_at go together")
    if began_at > ended_at:
        raise invalid("ended_at", "must not be before began_at")
    if ended_at > now:
        raise invalid("ended_at", "must not be in the future")


def told(starts_at: int, ends_at: int) -> str:
    """The span in words, of characters that neither Markdown nor HTML takes for more than text."""
    return f"{_written(starts_at)} to {_written(ends_at)}"


def _written(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"

"""Fields of answers that only some have, or that only some callers see."""

from typing import Any

from pydantic import Field


def left_out() -> Any:
    """The default of a field that is not in the answer where there is nothing to show."""
    return Field(default=None, exclude_if=lambda value: value is None)

"""Times as RFC 3339 writes them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


def milliseconds(text: str) -> int | None:
    """The Unix milliseconds of a time with its zone; None for anything else."""
    try:
        time = msgspec.convert(text, _Time)
    except msgspec.ValidationError:
        return None
    return (time - _BEGINNING) // timedelta(milliseconds=1)

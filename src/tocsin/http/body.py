"""What request bodies have in common."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

# Unix seconds: 1970 up to the end of the year 9999.
TIMES: Final = range(253_402_300_800)
Time = Annotated[int, Field(ge=TIMES.start, lt=TIMES.stop)]

# An id as Tocsin makes them.
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]

# What something is called, on one line.
Name = Annotated[str, Field(min_length=1, max_length=255)]


class Body(BaseModel):
    """A JSON object as a client sends it: no unknown field, no value of another type.

    Strict: `"5"` is no number and `1` no truth value. A field with an enum's values needs
    `Field(strict=False)`, since JSON has no enums.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

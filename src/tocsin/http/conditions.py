"""`If-Match`: changing only what one has seen."""

from typing import Annotated

from fastapi import Depends, Header

from tocsin.model.precondition import Precondition


def _if_match(
    value: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=1_024,
            description="An `ETag` that was answered before: 412 when the thing has changed since.",
        ),
    ] = None,
) -> Precondition:
    return Precondition.parse(value)


# In the signature of a handler that changes something with an ETag.
IfMatch = Annotated[Precondition, Depends(_if_match)]

"""Lists in pages: newest first, with an opaque cursor to what follows."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

Row = TypeVar("Row")
Item = TypeVar("Item")

# Databases know no higher one in a column of numbers.
_NUMBERS_END = 2**31 - 1
# The largest that a database keeps; a cursor that somebody made up may be beyond it.
_LAST_SEQUENCE = 2**63 - 1


class Listing(BaseModel, Generic[Item]):
    """One page of a list. `next` is the cursor of the following page, null on the last one."""

    data: list[Item]
    next: str | None = Field(description="Pass as `cursor` to read on; null when this was the end.")


@dataclass(frozen=True)
class Paging:
    """Which part of a list is asked for: `limit` things with an id below `before` (None: newest).

    Whoever answers reads `fetch` rows, one more than it shows, to know whether more follow.
    """

    limit: int
    before: str | None

    @property
    def before_sequence(self) -> int:
        """`before`, in a list that is ordered by sequences (see `written`)."""
        return _LAST_SEQUENCE if self.before is None else min(int(self.before, 16), _LAST_SEQUENCE)

    @property
    def fetch(self) -> int:
        """How many rows to read."""
        return self.limit + 1

    @property
    def before_number(self) -> int | None:
        """`before`, in a list of things that have numbers for ids (see `written`)."""
        return None if self.before is None else min(int(self.before, 16), _NUMBERS_END)

    def page(
        self, rows: Sequence[Row], id_of: Callable[[Row], str], show: Callable[[Row], Item]
    ) -> Listing[Item]:
        """The page that `rows` make, newest first; `id_of` is what they are ordered by."""
        shown = rows[: self.limit]
        follows = _cursor(id_of(shown[-1])) if len(rows) > self.limit else None
        return Listing(data=[show(row) for row in shown], next=follows)


def written(number: int) -> str:
    """A sequence, or a number, as ids are written: for `page`, where a list is ordered by that."""
    return f"{number:024x}"


def _paging(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^[A-Za-z0-9_-]{16}$", description="`next` of the page before."),
    ] = None,
) -> Paging:
    return Paging(limit, None if cursor is None else base64.urlsafe_b64decode(cursor).hex())


def _cursor(last: str) -> str:
    """An id is 24 hex digits: 12 bytes, so that every cursor that fits the pattern is an id."""
    return base64.urlsafe_b64encode(bytes.fromhex(last)).decode()


# In the signature of a handler that answers a list.
Page = Annotated[Paging, Depends(_paging)]

"""By what right a stream is open to a visitor without a token; it ends with that right."""

from typing import NamedTuple


class Right(NamedTuple):
    """What a stream's owner is when it is no token: how the page was open, and which page."""

    kind: str
    slug: str


# Somebody without a token who reads events of things on public pages.
ANYBODY = Right("anybody", "")


def public(slug: str) -> Right:
    """The page is everybody's."""
    return Right("public", slug)


def bypass(slug: str) -> Right:
    """The visitor has the private page's bypass token."""
    return Right("bypass", slug)

"""What the pages have to know of the service that serves them."""

from dataclasses import dataclass

from tocsin.model.subscriber import Medium


@dataclass(frozen=True, slots=True)
class Site:
    """`public_url` is the service's address, without final slash; by `media` it tells those who
    subscribe."""

    public_url: str
    media: frozenset[Medium] = frozenset()

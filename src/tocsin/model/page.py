"""The status page: which components it shows, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from ipaddress import IPv6Address

# The page that answers when no other page has the request's host. It exists from the start.
MAIN = "main"


def host_name(host: str) -> str:
    """The name in a Host header, in lower case: without port, and without the dot of the root.

    An address of IPv6 is written the one way (RFC 5952). What is no such address gives "".
    """
    if host.startswith("["):
        inside, closed, _ = host[1:].partition("]")
        return _address(inside) if closed else ""
    return host.partition(":")[0].removesuffix(".").lower()


def _address(text: str) -> str:
    try:
        return f"[{IPv6Address(text)}]"
    except ValueError:
        return ""


class Visibility(StrEnum):
    """Who may see a page: everyone, or the bearers of its bypass token and the signed-in."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class Group:
    """Components shown together. The ungrouped ones stand in a group without id and name."""

    id: str | None
    name: str | None
    component_ids: tuple[str, ...]


class Language(StrEnum):
    """The language of a page's own words; what people write into it stays as they wrote it."""

    ENGLISH = "en"
    GERMAN = "de"


class LogoType(StrEnum):
    """The media type of a logo."""

    PNG = "image/png"
    SVG = "image/svg+xml"


@dataclass(frozen=True)
class Logo:
    """Which picture stands for the page's name. `digest` is its content's, and in its address."""

    type: LogoType
    digest: str


@dataclass(frozen=True)
class Link:
    """A link in the page's footer."""

    name: str
    url: str


@dataclass(frozen=True)
class Page:
    """A status page. `hosts` are the Host headers that choose it, the first one for its links.

    `accent` is the colour of its links and buttons (`#rrggbb`, lower case), None for Tocsin's own.
    `text_above` and `text_below` are Markdown, with their HTML beside them. `history_days` are the
    days that it shows in bars and lists; `robots`: search engines may list it.
    """

    id: str
    slug: str
    name: str
    description: str
    hosts: tuple[str, ...]
    timezone: str
    visibility: Visibility
    groups: tuple[Group, ...]
    created_at: int
    logo: Logo | None = None
    accent: str | None = None
    links: tuple[Link, ...] = ()
    language: Language = Language.ENGLISH
    text_above: str = ""
    text_above_html: str = ""
    text_below: str = ""
    text_below_html: str = ""
    show_bars: bool = True
    show_uptime: bool = True
    history_days: int = 90
    robots: bool = True

    @cached_property
    def component_ids(self) -> tuple[str, ...]:
        """All its components, in page order."""
        return tuple(self._in_order())

    def address(self, public_url: str) -> str:
        """Where the world finds the page, without final slash: at its first host if it has any, in
        the scheme of `public_url`, else below that, which is the service's own."""
        if self.hosts:
            return f"{public_url.partition(':')[0]}://{self.hosts[0]}"
        return f"{public_url}/pages/{self.slug}"

    def _in_order(self) -> Iterator[str]:
        for group in self.groups:
            yield from group.component_ids

"""What the settings of a page may be, as the API takes them."""

import re
from functools import cache
from importlib import resources
from typing import Annotated, Any, LiteralString

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError, Url

from tocsin.http.body import Body, Name
from tocsin.model import colour
from tocsin.model.page import Language, Visibility, host_name
from tocsin.model.page import Link as LinkOfPage

_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE)
_SCHEMES = ("https", "http", "mailto")
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


def _invalid(message: LiteralString, context: dict[str, Any] | None = None) -> PydanticCustomError:
    return PydanticCustomError("invalid", message, context)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text().split())


def _known_timezone(name: str) -> str:
    if name not in _timezones():
        raise _invalid("has to be the IANA name of a timezone, such as Europe/Berlin")
    return name


def _host_name(host: str) -> str:
    name = host_name(host)
    if not name or not _HOST.fullmatch(host):
        raise _invalid("has to be a host name or address without a port, in ASCII (xn--...)")
    return name


def _different(hosts: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(hosts)) < len(hosts):
        raise _invalid("has a host twice")
    return hosts


def _readable(accent: str) -> str:
    contrast = colour.contrast(accent, colour.LIGHT_GROUND)
    if contrast < colour.READABLE:
        told = {"contrast": f"{int(contrast * 100) / 100}", "least": f"{colour.READABLE}"}
        raise _invalid(
            "has a contrast of {contrast}:1 to the page's ground, and needs {least}:1 to be read:"
            " choose a darker colour",
            told,
        )
    return accent.lower()


def _web_address(url: str) -> str:
    """Browsers overlook blanks and control characters in front of and within a scheme."""
    try:
        scheme = "" if _UNSEEN.search(url) else Url(url).scheme
    except ValueError:
        scheme = ""
    if scheme not in _SCHEMES:
        raise _invalid("has to be a whole address: https://..., http://... or mailto:...")
    return url


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Description = Annotated[str, Field(max_length=65_536)]
Timezone = Annotated[str, Field(max_length=64), AfterValidator(_known_timezone)]
Host = Annotated[str, Field(min_length=1, max_length=254), AfterValidator(_host_name)]
Hosts = Annotated[tuple[Host, ...], Field(strict=False, max_length=100), AfterValidator(_different)]
VisibilityName = Annotated[Visibility, Field(strict=False)]
LanguageName = Annotated[Language, Field(strict=False)]
Accent = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$"), AfterValidator(_readable)]
Address = Annotated[str, Field(max_length=2_048), AfterValidator(_web_address)]
PageText = Annotated[str, Field(max_length=10_000)]
HistoryDays = Annotated[int, Field(ge=1, le=90)]


class Link(Body):
    """A link in the page's footer."""

    name: Name
    url: Address

    def wanted(self) -> LinkOfPage:
        """As a use case takes it."""
        return LinkOfPage(self.name, self.url)


Links = Annotated[tuple[Link, ...], Field(strict=False, max_length=20)]

"""What visitors send about subscriptions: forms, and the same as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec
from starlette.types import Receive

from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.hook_url import read_url
from tocsin.model.layout import COMPONENTS_LIMIT
from tocsin.model.subscriber import Choice, Medium, read_email
from tocsin.wire import document

# Room for a choice of all the components that a page can have.
_BODY_LIMIT = 128 * 1024

_JSON = "application/json"


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None = None
    url: str | None = None
    component_ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What was sent. `which` (`all` or `some`) says whether the named components count; without it
    they do if there are any."""

    email: str | None = None
    url: str | None = None
    component_ids: tuple[str, ...] = ()
    which: str | None = None

    @property
    def target(self) -> tuple[Medium, str]:
        """Where somebody wants to be told. Refused: invalid."""
        if (self.email is None) == (self.url is None):
            raise invalid("email", "give either email or url")
        if self.email is not None:
            return Medium.EMAIL, read_email(self.email)
        return Medium.WEBHOOK, read_url(self.url or "")

    @property
    def choice(self) -> Choice:
        """The components that somebody wants to hear of. Refused: invalid, when it is to be only
        some and none is named."""
        if self.which == "some" and not self.component_ids:
            raise invalid("component_ids", "name at least one")
        if self.which == "all" or not self.component_ids:
            return None
        return frozenset(self.component_ids)


def wants_json(headers: Mapping[str, str]) -> bool:
    """Whether the answer is for a program."""
    accepted = headers.get("accept", "")
    return _is_json(headers) or (_JSON in accepted and "text/html" not in accepted)


async def read(receive: Receive, headers: Mapping[str, str]) -> Given:
    """The body of a POST. Refused: too_large, invalid."""
    body = await _body(receive)
    return _from_json(body) if _is_json(headers) else _from_form(body)


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == _JSON


def _from_json(body: bytes) -> Given:
    value = document.decode_object(body) if body else {}
    try:
        given = msgspec.convert(value, _Document)
    except msgspec.ValidationError as error:
        raise Refused(Code.INVALID, f"{error}.") from error
    which = "all" if given.component_ids is None else "some"
    return Given(given.email, given.url, tuple(given.component_ids or ()), which)


def _from_form(body: bytes) -> Given:
    try:
        fields = parse_qs(body.decode(), errors="strict", max_num_fields=COMPONENTS_LIMIT + 10)
    except ValueError as error:
        raise Refused(Code.INVALID, "The body is not a form.") from error
    if any("\0" in value for values in fields.values() for value in values):
        raise Refused(Code.INVALID, "The form contains U+0000.")
    return Given(
        email=_first(fields, "email"),
        url=_first(fields, "url"),
        component_ids=tuple(fields.get("component", ())),
        which=_first(fields, "which"),
    )


def _first(fields: Mapping[str, list[str]], name: str) -> str | None:
    return fields[name][0] if name in fields else None


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(Code.INVALID, "The request ended before its body did.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _BODY_LIMIT:
            raise Refused(Code.TOO_LARGE, f"A form may have at most {_BODY_LIMIT} bytes.")
    return body

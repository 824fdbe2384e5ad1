"""The types of settings that are more than a number or a text: what may stand there.

Each is given as TOML has it, or as text by the environment, where lists have commas.
"""

import re
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from tocsin.model.notify_scheme import MAIL

_SENDER = re.compile(r"[^@\s]+@[^@\s]+")
_STREAM = re.compile(r"[^\s.*>/\\]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_ORIGIN = re.compile(r"https?://[^/\s]+|null")


def _check_networks(value: object) -> object:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise ValueError('must be networks, as ["10.0.0.0/8", "::1/128"]')
    try:
        return tuple(ip_network(str(each).strip()) for each in given if str(each).strip())
    except ValueError as error:
        raise ValueError(f"must be networks, as 10.0.0.0/8 or ::1/128 ({error})") from error


def _check_public_url(value: object) -> object:
    if not isinstance(value, str) or not value:
        return value
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError('must be a URL like "https://status.example.org", or nothing')
    return value.rstrip("/")


def _check_store_url(value: object) -> object:
    if (
        isinstance(value, str)
        and value
        and not value.startswith(("sqlite:////", "postgresql+psycopg://"))
    ):
        raise ValueError(
            'must be nothing, "sqlite:////PATH" or "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"'
        )
    return value


def _check_nats_url(value: object) -> object:
    if not isinstance(value, str) or not value:
        return value
    parts = [urlsplit(one) for one in value.split(",")]
    if any(one.scheme not in {"nats", "tls"} or not one.hostname or one.path for one in parts):
        raise ValueError(
            'must be like "nats://USER:PASSWORD@HOST:4222" or "tls://HOST", several with commas '
            "between, or nothing"
        )
    return value


def _check_sender(value: object) -> object:
    address = parseaddr(value)[1] if isinstance(value, str) else ""
    if value and not _SENDER.fullmatch(address):
        raise ValueError('must be like "Acme status <status@example.org>", or nothing')
    return value


def _check_every(value: int) -> int:
    if 0 < value < 60:
        raise ValueError("must be 0, for never, or at least 60")
    return value


def _check_stream(value: str) -> str:
    if not _STREAM.fullmatch(value):
        raise ValueError("must be a stream's name, without spaces and any of . * > / \\")
    return value


def _check_origins(value: object) -> object:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError('must be origins, as ["https://console.example.org"]')
    origins = tuple(one.strip().lower() for one in given if one.strip())
    if not all(map(_ORIGIN.fullmatch, origins)):
        raise ValueError('must be origins like "https://console.example.org", or "null"')
    return origins


def _check_schemes(value: object) -> object:
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueError('must be schemes, as ["ntfys", "json"]')
    schemes = tuple(one.strip().lower() for one in given if one.strip())
    if not all(map(_SCHEME.fullmatch, schemes)):
        raise ValueError('must be schemes of URLs without "://", as "ntfys"')
    if not MAIL.isdisjoint(schemes):
        raise ValueError("must not have mailto in it: mail goes through mail.smtp_host alone")
    return schemes


Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_check_networks)
]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_check_origins)]
Schemes = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_check_schemes)]
NatsUrl = Annotated[str, BeforeValidator(_check_nats_url)]
StreamName = Annotated[str, AfterValidator(_check_stream)]
PublicUrl = Annotated[str, BeforeValidator(_check_public_url)]
StoreUrl = Annotated[str, BeforeValidator(_check_store_url)]
Sender = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$"), BeforeValidator(_check_sender)]
Every = Annotated[int, AfterValidator(_check_every), Field(ge=0, le=31_536_000)]

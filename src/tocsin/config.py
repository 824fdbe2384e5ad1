"""The settings: `defaults.toml` < configuration file < `TOCSIN_SECTION__KEY` < flags."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import reduce
from operator import getitem
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from tocsin.setting_types import (
    Every,
    NatsUrl,
    Networks,
    Origins,
    PublicUrl,
    Schemes,
    Sender,
    StoreUrl,
    StreamName,
)

DEFAULTS = Path(__file__).with_name("defaults.toml")

_PREFIX = "TOCSIN_"
_PASSWORD = re.compile(r"//[^@/]*@")


class BadConfig(Exception):  # noqa: N818 - the operator's mistake, not a failure of ours
    """Settings that make no sense. The text has one line for each: key, value, what is allowed."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Section):
    """Where it listens and who is believed; each key is described in `defaults.toml`."""

    host: str = Field(min_length=1)
    port: int = Field(ge=0, le=65535)
    public_url: PublicUrl
    trusted_proxies: Networks
    tls_cert: str
    tls_key: str

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("tls_cert and tls_key are given together or not at all")
        if self.tls_cert:
            try:
                context = SSLContext(PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.tls_cert, self.tls_key, password="")
            except OSError as error:
                raise ValueError(
                    f"tls_cert = {self.tls_cert!r} and tls_key = {self.tls_key!r} must be the PEM "
                    f"files of a certificate and its key ({error})"
                ) from error
        return self


class Store(_Section):
    """Where the data is."""

    data: Path
    url: StoreUrl


class Log(_Section):
    """How long the event log reaches back, and what the program says about itself on stderr."""

    keep_days: int = Field(ge=0, le=36_500)
    keep_events: int = Field(ge=0)
    level: Literal["debug", "info", "warning", "error"]
    format: Literal["auto", "console", "json"]


class Push(_Section):
    """How streams are kept, limited and ended."""

    heartbeat_s: float = Field(ge=1, le=300)
    drain_s: float = Field(ge=0, le=300)
    max_connections_per_address: int = Field(ge=0)
    max_connections: int = Field(ge=0)
    retry_min_ms: int = Field(ge=0, le=600_000)
    retry_max_ms: int = Field(ge=0, le=600_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.retry_min_ms > self.retry_max_ms:
            raise ValueError(
                f"retry_min_ms = {self.retry_min_ms} must be at most "
                f"retry_max_ms = {self.retry_max_ms}"
            )
        return self


class Operations(_Section):
    """How long operations are kept."""

    idle_s: int = Field(ge=1, le=31_536_000)
    keep_closed_s: int = Field(ge=1, le=31_536_000)


class Notices(_Section):
    """How notices are pushed over WebSocket; each key is described in `defaults.toml`."""

    event_id: str = Field(max_length=255)
    allow_origins: Origins
    system_state: bool


class Mail(_Section):
    """The mail server for mail to subscribers; each key is described in `defaults.toml`."""

    smtp_host: str
    smtp_port: int = Field(ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"]
    smtp_user: str
    smtp_password: str = Field(repr=False)
    sender: Sender

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.smtp_host and not self.sender:
            raise ValueError("smtp_host needs sender, whom mail is from")
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("smtp_user and its password are not sent without smtp_security")
        return self


class Alerts(_Section):
    """How alerts are taken in."""

    rate_per_s: int = Field(ge=0)


class Subscribers(_Section):
    """How visitors are told, and how often they may ask for it."""

    digest_s: int = Field(ge=0, le=86_400)
    offer_webhooks: bool
    requests_per_address: int = Field(ge=1)
    requests_per_hour: int = Field(ge=1)


class Notify(_Section):
    """By what people are told of incidents; each key is described in `defaults.toml`."""

    allow_schemes: Schemes


class SignIn(_Section):
    """When failed sign-ins block an address; each key is described in `defaults.toml`."""

    max_failures: int = Field(ge=0)
    block_s: int = Field(ge=1, le=86_400)
    forget_s: int = Field(ge=1, le=86_400)
    exempt_networks: Networks


class Backup(_Section):
    """Backups that are made by themselves; each key is described in `defaults.toml`."""

    every_s: Every
    folder: str
    keep: int = Field(ge=0)


class Nats(_Section):
    """The message bus to read; each key is described in `defaults.toml`."""

    url: NatsUrl
    durable: bool
    stream: StreamName


class Ingest(_Section):
    """What is read from elsewhere."""

    nats: Nats


class Webhooks(_Section):
    """Where requests may go."""

    allow_networks: Networks


class Settings(BaseSettings):
    """All settings, checked. Made by `load`, which is what knows the sources."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    admin_token: str = Field(pattern=r"^[\x21-\x7e]*$", repr=False)
    server: Server
    store: Store
    log: Log
    push: Push
    sign_in: SignIn
    operations: Operations
    ingest: Ingest
    notices: Notices
    alerts: Alerts
    mail: Mail
    subscribers: Subscribers
    notify: Notify
    webhooks: Webhooks
    backup: Backup

    @model_validator(mode="after")
    def _can_back_up(self) -> Self:
        if self.backup.every_s and self.store_file is None:
            raise ValueError(
                f"backup.every_s = {self.backup.every_s}: has to be 0 with PostgreSQL, "
                "which has tools of its own for backups"
            )
        return self

    @property
    def backup_folder(self) -> Path:
        """Where backups go that are made by themselves."""
        return Path(self.backup.folder) if self.backup.folder else self.store.data / "backups"

    @property
    def store_url(self) -> str:
        """The database's address: the one given, or SQLite in the data folder."""
        return self.store.url or f"sqlite:///{self.store.data.absolute() / 'tocsin.db'}"

    @property
    def store_file(self) -> Path | None:
        """The file of the database; none when it is PostgreSQL."""
        kind, _, path = self.store_url.partition(":///")
        return Path(path) if kind == "sqlite" else None


def load(file: Path | None = None, flags: Mapping[str, object] | None = None) -> Settings:
    """The settings of this process.

    `flags` are nested as the sections are: `{"server": {"port": 0}}`. Raises `BadConfig` for values
    and keys that make no sense in any of the sources, and for a file that cannot be read.
    """

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            files = [DEFAULTS, file] if file else [DEFAULTS]
            toml = TomlConfigSettingsSource(settings_cls, files, deep_merge=True)
            return init_settings, env_settings, toml

    _check_readable(file)
    _check_environment(os.environ)
    given: dict[str, Any] = dict(flags or {})
    try:
        return Loaded(**given)
    except ValidationError as error:
        raise BadConfig("\n".join(_line(each) for each in error.errors())) from error
    except SettingsError as error:
        raise BadConfig(f"the environment: {error}") from error


def _check_readable(file: Path | None) -> None:
    """pydantic-settings passes over a file that is not there; a name given by hand must exist."""
    if file is None:
        return
    try:
        tomllib.loads(file.read_text())
    except OSError as error:
        raise BadConfig(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise BadConfig(f"{file}: {error}") from error


def _check_environment(environ: Mapping[str, str]) -> None:
    """A section misspelt in the environment would otherwise be passed over in silence."""
    sections = [
        name for name, field in Settings.model_fields.items() if field.annotation is not str
    ]
    for name in environ:
        section, nested, _ = name.removeprefix(_PREFIX).partition("__")
        if name.startswith(_PREFIX) and nested and section.lower() not in sections:
            raise BadConfig(
                f"{name}: there is no section {section.lower()!r}; there are {', '.join(sections)}"
            )


def _line(error: ErrorDetails) -> str:
    """One error for people: the key, the value, what is allowed."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = get_close_matches(key, keys(), n=1)
        return f"{key}: there is no such setting" + (f"; {near[0]} is one" if near else "")
    allowed = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error" and isinstance(error["input"], dict):
        return f"{key}: {allowed}" if key else allowed
    return f"{key} = {_shown(key, error['input'])}: {allowed}"


def _shown(key: str, value: object) -> str:
    """The value as it may be printed: without the secrets that people put into settings."""
    return "(not shown)" if _is_secret(key) else _PASSWORD.sub("//***@", repr(value))


def _is_secret(key: str) -> bool:
    """Whether a setting is never shown: its `repr` says so."""
    field = _fields().get(key)
    return field is not None and not field.repr


def keys() -> list[str]:
    """The name of every setting, as `section.key`."""
    return list(_fields())


def _fields(of: type[BaseModel] = Settings) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = {}
    for name, field in of.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            fields |= {f"{name}.{key}": inner for key, inner in _fields(section).items()}
        else:
            fields[name] = field
    return fields


def values(settings: Settings) -> list[tuple[str, str]]:
    """Every setting with its value as TOML writes it, secrets hidden."""
    dumped = settings.model_dump(mode="json")
    found = []
    for key in keys():
        value = reduce(getitem, key.split("."), dumped)
        hidden = "***" if value and _is_secret(key) else value
        found.append((key, _PASSWORD.sub("//***@", json.dumps(hidden))))
    return found

"""Settings: where they come from, which one wins, and what a bad one is told."""

import re
from pathlib import Path

import pytest

from tocsin.config import DEFAULTS, BadConfig, keys, load, values


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in keys():
        monkeypatch.delenv("TOCSIN_" + key.upper().replace(".", "__"), raising=False)


def written(folder: Path, text: str) -> Path:
    file = folder / "tocsin.toml"
    file.write_text(text)
    return file


def test_the_defaults_file_is_the_defaults() -> None:
    settings = load()
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 7070)
    assert settings.store_url == f"sqlite:///{Path.cwd()}/tocsin-data/tocsin.db"


def test_every_setting_stands_in_the_defaults_file_with_a_comment() -> None:
    lines = DEFAULTS.read_text().splitlines()
    for key in keys():
        section, _, name = key.rpartition(".")
        begin = lines.index(f"[{section}]") if section else 0
        number = next(n for n in range(begin, len(lines)) if lines[n].startswith(f"{name} = "))
        assert not any(line.startswith("[") for line in lines[begin + 1 : number]), key
        while re.match(r"\w+ = ", lines[number]):
            number -= 1
        assert lines[number].startswith("# "), key


def test_file_beats_defaults_environment_beats_file_and_flags_beat_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "[server]\nport = 1\nhost = 'a'\npublic_url = 'http://file'\n")
    monkeypatch.setenv("TOCSIN_SERVER__PORT", "2")
    monkeypatch.setenv("TOCSIN_SERVER__HOST", "b")
    server = load(file, {"server": {"port": 3}}).server
    assert (server.port, server.host, server.public_url) == (3, "b", "http://file")
    assert server.trusted_proxies == load().server.trusted_proxies


def test_lists_in_the_environment_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")
    assert [str(each) for each in load().server.trusted_proxies] == ["10.0.0.0/8", "fd00::/8"]


def test_origins_come_in_lower_case_and_from_the_environment_with_commas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOCSIN_NOTICES__ALLOW_ORIGINS", "https://Console.example.org:8443, null")
    assert load().notices.allow_origins == ("https://console.example.org:8443", "null")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nport = 99999", ["server.port", "99999", "65535"]),
        ("[server]\nprot = 1", ["server.prot", "no such setting", "server.port"]),
        ("[serve]\nport = 1", ["serve", "no such setting"]),
        ("[log]\nlevel = 'loud'", ["log.level", "loud", "debug", "error"]),
        ("[server]\ntls_cert = 'a'", ["server", "tls_key"]),
        ("[server]\ntls_cert = 'a'\ntls_key = 'b'", ["tls_cert = 'a'", "PEM", "No such file"]),
        ("[push]\nretry_min_ms = 6000", ["push", "retry_min_ms", "at most"]),
        ("[server]\npublic_url = 'status.org'", ["server.public_url", "status.org", "https://"]),
        ("[server]\ntrusted_proxies = ['here']", ["server.trusted_proxies", "here", "10.0.0.0/8"]),
        ("[server]\ntrusted_proxies = 5", ["server.trusted_proxies", "5", "10.0.0.0/8"]),
        ("[store]\nurl = 'mysql://u:p@h/d'", ["store.url", "mysql", "postgresql+psycopg://"]),
        ("[mail]\nsmtp_host = 'mail.test'", ["mail", "needs sender"]),
        ("[mail]\nsmtp_user = 'me'\nsmtp_security = 'none'", ["mail", "smtp_security"]),
        ("[mail]\nsmtp_security = 'ssl'", ["mail.smtp_security", "ssl", "starttls"]),
        ("[mail]\nsender = 'Acme'", ["mail.sender", "Acme", "status@example.org"]),
        ('[mail]\nsender = "a@b.test\\r\\nBcc: c@d.test"', ["mail.sender"]),
        ("[subscribers]\ndigest_s = -1", ["subscribers.digest_s", "-1", "0"]),
        ("[sign_in]\nblock_s = 0", ["sign_in.block_s", "0", "1"]),
        ("[ingest.nats]\nurl = 'localhost:4222'", ["ingest.nats.url", "nats://USER", "nothing"]),
        ("[ingest.nats]\nstream = 'a.b'", ["ingest.nats.stream", "a.b", "must be a stream's name"]),
        ("[ingest.nats]\nurls = ''", ["ingest.nats.urls", "no such", "ingest.nats.url is one"]),
        ("[notices]\nallow_origins = ['example.org']", ["notices.allow_origins", "https://"]),
        ("[notices]\nallow_origins = 5", ["notices.allow_origins", "5", "https://"]),
        ("[webhooks]\nallow_networks = 'home'", ["webhooks.allow_networks", "home", "10.0.0.0/8"]),
        ("[backup]\nevery_s = 59", ["backup.every_s", "59", "at least 60"]),
        (
            "[backup]\nevery_s = 60\n[store]\nurl = 'postgresql+psycopg://h/d'",
            ["backup.every_s = 60: has to be 0 with PostgreSQL"],
        ),
        ("port = ", ["tocsin.toml", "Invalid value"]),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_is_allowed(
    text: str, said: list[str], tmp_path: Path
) -> None:
    with pytest.raises(BadConfig) as refused:
        load(written(tmp_path, text))
    assert all(part in str(refused.value) for part in said)


def test_every_bad_value_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as refused:
        load(written(tmp_path, "[server]\nport = -1\n[log]\nkeep_days = -1"))
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TOCSIN_SERVR__PORT", "1", "no section 'servr'"),
        ("TOCSIN_SERVER__PROT", "1", "server.prot"),
        ("TOCSIN_SERVER__PORT", "many", "server.port = 'many'"),
        ("TOCSIN_SERVER", "many", "server"),
    ],
)
def test_the_environment_is_held_to_the_same(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfig, match=re.escape(said)):
        load()


def test_secrets_are_never_repeated_in_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_ADMIN_TOKEN", "two words")
    with pytest.raises(BadConfig, match="admin_token") as refused:
        load()
    assert "two words" not in str(refused.value)
    monkeypatch.setenv("TOCSIN_ADMIN_TOKEN", "one-word")
    assert "one-word" not in repr(load())
    monkeypatch.setenv("TOCSIN_MAIL__SMTP_PASSWORD", "open sesame")
    assert "open sesame" not in repr(load())
    assert ("mail.smtp_password", '"***"') in values(load())
    monkeypatch.setenv("TOCSIN_INGEST__NATS__URL", "nats://me:hidden@a,tls://me:hidden@b")
    assert ("ingest.nats.url", '"nats://***@a,tls://***@b"') in values(load())
    monkeypatch.setenv("TOCSIN_STORE__URL", "postgres://me:hidden@host/d")
    with pytest.raises(BadConfig) as refused:
        load()
    assert "hidden" not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        load(tmp_path / "missing.toml")

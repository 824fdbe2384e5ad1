"""`serve`: what it says, what it leaves in its folder, and why it would not start."""

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.process import TOKEN, Process
from tests.waiting import SCALE

LAZY = {
    *("aiohttp", "aiosmtplib", "alembic", "apprise", "argon2", "cryptography", "idna", "nats"),
    *("psutil", "psycopg", "rapidfuzz", "re2", "requests", "rich", "standardwebhooks"),
}

SHOW_IMPORTS = f"""
import sys
from tocsin.cli import serve
from tocsin.cli.options import settings_of
def ready(started):
    print(" ".join(sorted({LAZY!r} & set(sys.modules))) or "none", flush=True)
serve.run(settings_of(None, None, port=0), ready)
"""


def start(*arguments: str, data: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tocsin", "serve", "--port", "0", "--data", str(data), *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(*arguments: str, data: Path, **environment: str) -> str:
    """What a start that fails says; it says nothing on stdout, and it ends by itself with 1."""
    with start(*arguments, data=data, **environment) as process:
        out, said = process.communicate(timeout=60 * SCALE)
    assert (process.returncode, out) == (1, "")
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_line_on_stdout_then_a_clean_end(data: Path, number: signal.Signals) -> None:
    with start(data=data, TOCSIN_LOG__FORMAT="json") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.removeprefix("tocsin ready ").strip()
        assert (data / "address").read_text() == url + "\n"
        assert httpx.get(url + "/readyz").status_code == 200
        process.send_signal(number)
        rest, said = process.communicate(timeout=60 * SCALE)
    assert (process.returncode, rest) == (0, "")
    assert not (data / "address").exists()
    assert "Traceback" not in said


def test_the_first_start_alone_makes_and_says_the_secrets(data: Path) -> None:
    for number in range(2):
        with start(data=data) as process:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("tocsin ready ").strip()
            token = (data / "admin-token").read_text().strip()
            head = {"Authorization": f"Bearer {token}"}
            assert httpx.get(url + "/api/v1/users", headers=head).status_code == 200
            process.terminate()
            _, said = process.communicate(timeout=60 * SCALE)
        assert ("admin@localhost with the password" in said) == (number == 0)
        assert token not in said
    assert stat.S_IMODE((data / "admin-token").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_the_admin_token_can_be_given(server: Process) -> None:
    head = {"Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(server.url + "/api/v1/tokens", headers=head).status_code == 200


def test_a_folder_has_one_owner_who_is_named(server: Process, data: Path) -> None:
    assert f"process {server.pid}" in refusal(data=data)


def test_a_killed_owner_leaves_nothing_in_the_way(server: Process) -> None:
    server.kill()
    server.start()
    assert httpx.get(server.url + "/readyz").status_code == 200


def test_a_port_that_is_taken_is_named(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refusal("--port", port, data=data)
    assert port in said
    assert "in use" in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TOCSIN_PUSH__DRAIN_S", "301", ["push.drain_s", "301", "300"]),
        ("TOCSIN_LOG__LEVEL", "loud", ["log.level", "loud", "'warning'"]),
        ("TOCSIN_PUSH__HARTBEAT_S", "5", ["push.hartbeat_s", "push.heartbeat_s"]),
        ("TOCSIN_SERVER__HOST", "192.0.2.1", ["192.0.2.1", "Cannot assign"]),
    ],
)
def test_a_setting_that_makes_no_sense_stops_it(
    data: Path, name: str, value: str, words: list[str]
) -> None:
    said = refusal(data=data, **{name: value})
    assert all(word in said for word in words)


def test_a_folder_that_cannot_be_written_is_named(data: Path) -> None:
    data.parent.mkdir(exist_ok=True)
    data.write_text("a file stands where the folder should be")
    assert str(data) in refusal(data=data)


def test_it_serves_when_its_address_cannot_be_left(server: Process, data: Path) -> None:
    """As with a full disk: what is there can be read, and calls that write say what is wrong."""
    server.stop()
    (data / "address.new").mkdir()
    server.start()
    assert httpx.get(server.url + "/").status_code == 200
    assert "cannot ask this server" in server.said()
    assert "Traceback" not in server.said()


def test_a_file_limit_that_is_too_low_is_said_with_its_number(data: Path) -> None:
    with subprocess.Popen(
        ["prlimit", "--nofile=300:1000", sys.executable, "-m", "tocsin", "serve", "--port", "0"],
        env={**os.environ, "TOCSIN_STORE__DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("tocsin ready")
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        process.terminate()
        _, said = process.communicate(timeout=60 * SCALE)
    assert limits.split("Max open files")[1].split()[:2] == ["1000", "1000"]
    assert "limit of 1000 open files has room for 750 streams" in said


def test_a_start_imports_nothing_that_it_does_not_need(data: Path, server: Process) -> None:
    """Each costs 30 to 300 ms; the start of a folder that is there needs none of them."""
    server.stop()
    with subprocess.Popen(
        [sys.executable, "-c", SHOW_IMPORTS],
        env={**os.environ, "TOCSIN_STORE__DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "none\n"
        process.terminate()
        process.communicate(timeout=60 * SCALE)

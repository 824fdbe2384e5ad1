"""`user add` and `token add`, beside a server and without one."""

import subprocess
from pathlib import Path

import httpx
from tests.process import TOKEN, Process
from tests.shell import Shell


def secret_of(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stderr
    return done.stdout.strip()


def status(server: Process, path: str, token: str) -> int:
    head = {"Authorization": f"Bearer {token}"}
    return httpx.get(server.url + "/api/v1" + path, headers=head).status_code


def test_a_token_is_made_by_the_server_that_owns_the_folder(server: Process, tocsin: Shell) -> None:
    secret = secret_of(tocsin("token", "add", "deploys", "--scope", "read"))
    assert status(server, "/events", secret) == 200
    assert status(server, "/users", secret) == 403


def test_a_token_is_made_in_the_store_when_nobody_owns_it(server: Process, tocsin: Shell) -> None:
    server.stop()
    secret = secret_of(tocsin("token", "add", "deploys", "--scope", "read", "--scope", "admin"))
    server.start()
    assert status(server, "/users", secret) == 200


def test_without_a_store_it_is_the_first_start(tocsin: Shell, data: Path) -> None:
    done = tocsin("token", "add", "early", "--scope", "read")
    assert secret_of(done)
    assert "admin@localhost with the password" in done.stderr
    assert (data / "admin-token").exists()


def test_a_user_is_made_both_ways_and_tokens_can_be_theirs(server: Process, tocsin: Shell) -> None:
    add = ("user", "add", "Kim@example.org", "--name", "Kim", "--role", "responder")
    assert len(secret_of(tocsin(*add))) > 15
    beside = tocsin("token", "add", "k", "--scope", "read", "--user", "kim@example.org")
    server.stop()
    alone = tocsin("token", "add", "k", "--scope", "read", "--user", "Kim@example.org")
    given = tocsin(
        *("user", "add", "robin@example.org", "--name", "Robin", "--role", "viewer"),
        "--password-stdin",
        typed="correct horse battery\n",
    )
    assert (given.returncode, given.stdout) == (0, "")
    server.start()
    with server.client() as api:
        users = {user["email"]: user for user in api.get("/api/v1/users").json()["data"]}
        tokens = api.get("/api/v1/tokens").json()["data"]
    kim = users["kim@example.org"]
    assert [token["user_id"] for token in tokens if token["name"] == "k"] == [kim["id"]] * 2
    assert users["robin@example.org"]["role"] == "viewer"
    assert status(server, "/events", secret_of(beside)) == 200
    assert status(server, "/events", secret_of(alone)) == 200


def test_what_makes_no_sense_is_refused_the_same_both_ways(server: Process, tocsin: Shell) -> None:
    wrong = [
        ("token", "add", "t", "--scope", "read", "--user", "nobody@example.org"),
        ("user", "add", "no-address", "--name", "N", "--role", "viewer"),
        ("user", "add", "admin@localhost", "--name", "N", "--role", "viewer"),
        ("token", "add", "", "--scope", "read"),
    ]
    beside = [tocsin(*arguments) for arguments in wrong]
    server.stop()
    alone = [tocsin(*arguments) for arguments in wrong]
    for one, other in zip(beside, alone, strict=True):
        assert (one.returncode, one.stdout) == (other.returncode, other.stdout) == (1, "")
        assert one.stderr == other.stderr
        assert one.stderr.startswith("tocsin: ")


def test_an_owner_that_does_not_take_the_token_says_so(server: Process, tocsin: Shell) -> None:
    done = tocsin("token", "add", "t", "--scope", "read", TOCSIN_ADMIN_TOKEN="wrong")
    assert done.returncode == 1
    assert "token" in done.stderr
    assert TOKEN not in done.stderr

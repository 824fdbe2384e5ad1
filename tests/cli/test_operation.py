"""`operation run` and `operation watch`, as a build and those who wait for it use them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.process import TOKEN, Process
from tests.shell import Shell
from tests.waiting import SCALE, eventually

ID = "build:website.7"


def run(server: Process, tocsin: Shell, *command: str) -> subprocess.CompletedProcess[str]:
    return tocsin(
        *("operation", "run", "--id", ID, "--name", "Build", "--", *command),
        TOCSIN_URL=server.url,
        TOCSIN_TOKEN=TOKEN,
    )


@contextmanager
def started(server: Process, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command under way."""
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "operation", *arguments],
        env={**os.environ, "TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, said = process.communicate(timeout=60 * SCALE)
    return process.returncode, out, said


def last_run(server: Process) -> dict[str, object]:
    with server.client() as api:
        found: dict[str, object] = api.get(f"/api/v1/operations/{ID}").json()["runs"][-1]
    return found


def messages(server: Process) -> list[str]:
    """What was told of the operation, in all its runs."""
    with server.client() as api:
        asked = {"topic": f"operation/{ID}", "limit": "1000"}
        events = api.get("/api/v1/events", params=asked).json()["data"]
    return [
        event["data"]["message"]["body"]
        for event in events
        if event["type"] == "tocsin.operation.message"
    ]


@pytest.mark.parametrize(("status", "outcome"), [(0, "success"), (3, "error")])
def test_a_command_is_told_and_stays_what_it_is(
    server: Process, tocsin: Shell, status: int, outcome: str
) -> None:
    done = run(server, tocsin, "sh", "-c", f"echo one; echo two >&2; sleep 0; exit {status}")
    assert (done.returncode, done.stdout) == (status, "one\n")
    assert "two\n" in done.stderr
    assert f"{server.url}/events?stream=" in done.stderr
    assert sorted(messages(server)) == ["one", "two"]
    found = last_run(server)
    assert (found["outcome"], found["messages"]) == (outcome, 2)


def test_its_last_run_can_be_watched_when_it_is_over(server: Process, tocsin: Shell) -> None:
    run(server, tocsin, "sh", "-c", "echo first; exit 1")
    run(server, tocsin, "echo", "second")
    with started(server, "watch", ID, "--run", "last") as watch:
        assert ended(watch) == (0, "second\n", f"tocsin: run 2 of {ID} ended: success\n")
    with started(server, "watch", ID, "--run", "1") as watch:
        assert ended(watch) == (1, "first\n", f"tocsin: run 1 of {ID} ended: error\n")
    with started(server, "watch", ID, "--run", "3") as watch:
        status, out, said = ended(watch)
    assert (status, out) == (1, "")
    assert "Traceback" not in said


def test_lines_are_watched_as_they_come_and_outlive_the_server(
    server: Process, tmp_path: Path
) -> None:
    """The command goes on while the server is away; nothing is lost, and nothing comes twice."""
    go_on = tmp_path / "go-on"
    os.mkfifo(go_on)
    script = f"echo one; cat {go_on}; seq 2 2000; cat {go_on}"
    with (
        started(server, "run", "--id", ID, "sh", "-c", script) as work,
        started(server, "watch", ID) as watch,
    ):
        assert watch.stdout is not None
        assert watch.stdout.readline() == "one\n"
        server.kill()
        go_on.write_text("")
        assert work.stdout is not None
        while work.stdout.readline() != "2000\n":
            pass
        server.start()
        go_on.write_text("")
        assert ended(work)[0] == 0
        status, out, said = ended(watch)
    assert status == 0, said
    assert out.split() == [str(number) for number in range(2, 2_001)]


def test_a_signal_is_for_the_command(server: Process) -> None:
    script = "trap 'echo stopped; exit 9' TERM; echo ready; while :; do sleep 0.01; done"
    with started(server, "run", "--id", ID, "--", "sh", "-c", script) as work:
        assert work.stdout is not None
        assert work.stdout.readline() == "ready\n"
        work.send_signal(signal.SIGTERM)
        assert ended(work)[:2] == (9, "stopped\n")
    assert messages(server) == ["ready", "stopped"]
    assert last_run(server)["outcome"] == "error"


def test_a_watch_waits_for_a_run_that_is_yet_to_come(server: Process, tocsin: Shell) -> None:
    run(server, tocsin, "echo", "before")
    with started(server, "watch", ID) as watch:
        with server.client() as api:
            eventually(lambda: "tocsin_subscribers 1.0" in api.get("/metrics").text)
        run(server, tocsin, "echo", "after")
        assert ended(watch) == (0, "after\n", f"tocsin: run 2 of {ID} ended: success\n")


def test_a_command_keeps_its_status_where_nothing_can_be_said(server: Process) -> None:
    script = f"{sys.executable} -m tocsin operation run -- sh -c 'exit 3' 2>/dev/full"
    environment = {**os.environ, "TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
    assert subprocess.run(["sh", "-c", script], env=environment, check=False).returncode == 3


def test_a_server_that_refuses_does_not_keep_a_command_from_running(
    server: Process, tocsin: Shell
) -> None:
    done = tocsin(
        *("operation", "run", "--token", "wrong", "--", "sh", "-c", "echo one; exit 4"),
        TOCSIN_URL=server.url,
    )
    assert (done.returncode, done.stdout) == (4, "one\n")
    assert "the operation is not told" in done.stderr
    assert "Traceback" not in done.stderr

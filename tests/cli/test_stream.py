"""`publish` and `watch`, as a shell script uses them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.process import TOKEN, Process
from tests.shell import Shell


def publish(server: Process, tocsin: Shell, *arguments: str, typed: str = "") -> str:
    done = tocsin(
        *("publish", "com.example.deployed", "--topic", "deploy/website", *arguments),
        typed=typed,
        TOCSIN_URL=server.url,
        TOCSIN_TOKEN=TOKEN,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def watching(server: Process, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`watch` at work; it has its place in the stream once it has said so on stderr."""
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "watch", *arguments],
        env={**os.environ, "TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    told: dict[str, object] = json.loads(process.stdout.readline())
    return told


def test_what_is_published_is_watched(server: Process, tocsin: Shell) -> None:
    first = publish(server, tocsin, "--data", '{"version": "2.4.1"}')
    second = publish(server, tocsin, "--data", "-", "--key", "site", typed='["a"]\n')
    third = publish(server, tocsin)
    with watching(server, "deploy/>", "--since", "earliest") as watch:
        told = [line(watch) for _ in range(3)]
    assert [event["id"] for event in told] == [first, second, third]
    assert [event.get("data") for event in told] == [{"version": "2.4.1"}, ["a"], None]
    assert told[1]["key"] == "site"


def test_each_event_is_one_line_however_its_data_was_laid_out(
    server: Process, tocsin: Shell
) -> None:
    position = publish(server, tocsin, "--data", '{\n  "a": [\r\n 1,\n "\\n"]\n}')
    with watching(server, "deploy/>", "--since", "earliest") as watch:
        told = line(watch)
    assert (told["id"], told["data"]) == (position, {"a": [1, "\n"]})


def test_a_full_disk_under_the_output_is_said(server: Process, tocsin: Shell) -> None:
    publish(server, tocsin)
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m tocsin watch --since earliest >/dev/full"],
        env={**os.environ, "TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.endswith("tocsin: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_a_repeated_id_is_stored_once(server: Process, tocsin: Shell) -> None:
    positions = {publish(server, tocsin, "--id", "build-17") for _ in range(2)}
    assert len(positions) == 1


def test_a_watch_outlives_the_server_and_misses_nothing(server: Process, tocsin: Shell) -> None:
    with watching(server, "deploy/*") as watch:
        assert watch.stderr is not None
        assert "live at" in watch.stderr.readline()
        before = publish(server, tocsin)
        assert line(watch)["id"] == before
        server.kill()
        server.start()
        after = publish(server, tocsin)
        assert line(watch)["id"] == after
        said = [watch.stderr.readline() for _ in range(2)]
    assert "connection lost" in said[0]
    assert "resumed at" in said[1] or "connection lost" in said[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish", "a.b", "--topic", "x", "--data", "{"), "--data is not JSON"),
        (("publish", "tocsin.a", "--topic", "x"), "tocsin."),
        (("watch", "--since", "yesterday"), "since"),
        (("watch", "--token", "wrong"), "token"),
    ],
)
def test_what_makes_no_sense_is_said_and_ends_with_1(
    server: Process, tocsin: Shell, arguments: tuple[str, ...], words: str
) -> None:
    done = tocsin(*arguments, TOCSIN_URL=server.url, TOCSIN_TOKEN=TOKEN)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_named(tocsin: Shell) -> None:
    done = tocsin("publish", "a.b", "--topic", "x", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "http://127.0.0.1:1" in done.stderr

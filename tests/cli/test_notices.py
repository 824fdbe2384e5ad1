"""`notify` and `watch --ws`, as a shell script uses them."""

import json
import os
import subprocess
import sys

from tests.process import TOKEN, Process
from tests.shell import Shell


def test_notices_are_sent_from_the_shell(server: Process, tocsin: Shell) -> None:
    there = {"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
    done = tocsin("notify", "deploys", "Done.", "--priority", "4", **there)
    assert done.returncode == 0, done.stderr
    with server.client() as api:
        (event,) = api.get("/api/v1/events", params={"topic": "notice/deploys"}).json()["data"]
    assert event["id"] == done.stdout.strip()
    assert event["data"]["notice"]["args"] == {"message": "Done.", "priority": "4 - Warning"}


def test_what_makes_no_sense_is_said(server: Process, tocsin: Shell) -> None:
    there = {"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
    refused = tocsin("notify", "status", "No.", **there)
    assert (refused.returncode, "closed to publishers" in refused.stderr) == (1, True)
    assert tocsin("notify", "a", "b", "--priority", "11", **there).returncode == 2


def test_what_is_sent_is_watched_over_a_restart(server: Process, tocsin: Shell) -> None:
    there = {"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
    sent = [tocsin("notify", "deploys", text, **there).stdout.strip() for text in ("one", "two")]
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "watch", "--ws", "deploys", "status", "--since", sent[0]],
        env={**os.environ, **there},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as watch:
        assert watch.stdout is not None
        told = json.loads(watch.stdout.readline())
        assert (told["args"]["message"], told["position"]) == ("two", sent[1])
        server.kill()
        server.start()
        with server.client() as api:
            api.post("/api/v1/components", json={"name": "Website"})
        told = json.loads(watch.stdout.readline())
        assert (told["name"], told["args"]["type"]) == ("status", "tocsin.component.created")
        watch.kill()


def test_a_wrong_token_and_a_name_that_is_no_class_are_said(server: Process, tocsin: Shell) -> None:
    wrong = tocsin("watch", "--ws", "deploys", "--token", "wrong", TOCSIN_URL=server.url)
    assert (wrong.returncode, "401" in wrong.stderr) == (1, True)
    there = {"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
    none = tocsin("watch", "--ws", "No Class", **there)
    assert (none.returncode, "class" in none.stderr) == (1, True)

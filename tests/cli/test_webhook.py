"""`webhook listen`, with real requests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.misbehaving import Call, misbehaving, response
from tests.process import TOKEN, Process
from tests.shell import Shell
from tests.waiting import SCALE

from tocsin.app.signing import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass
class Listening:
    """A `webhook listen` at `url`."""

    url: str
    process: subprocess.Popen[str]

    def shown(self) -> dict[str, Any]:
        """The next line that it prints."""
        assert self.process.stdout is not None
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        return line

    def said(self) -> str:
        """The next line on stderr."""
        assert self.process.stderr is not None
        return self.process.stderr.readline().strip()

    def stop(self, number: signal.Signals) -> int:
        """The status it ends with."""
        self.process.send_signal(number)
        return self.process.wait(20 * SCALE)


@contextmanager
def listening(*options: str, **environment: str) -> Iterator[Listening]:
    """`webhook listen` while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tocsin", "webhook", "listen", *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        there = Listening("", process)
        try:
            line = there.said()
            assert line.startswith("tocsin: listening at "), line
            there.url = line.removeprefix("tocsin: listening at ")
            yield there
        finally:
            process.kill()


def push(there: Listening, number: int = 1, **changed: str) -> httpx.Response:
    """Send the number-th event of an incident; `body` is sent instead of what was signed."""
    event = {"event_time": number, "event_type": "i_ack", "incident": {"incident_id": "x"}}
    body = json.dumps(event).encode()
    id_ = f"event-{number}"
    now = int(time.time())
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(SECRET, id_, now, body),
        "tocsin-sequence": str(number),
        "tocsin-superseded": "2",
    }
    sent = changed.get("body", "").encode() or body
    return httpx.post(there.url, content=sent, headers=headers, timeout=20 * SCALE)


def test_what_is_rightly_signed_is_shown_and_taken_once() -> None:
    with listening("--json", TOCSIN_WEBHOOK_SECRET=SECRET) as there:
        assert [push(there, number).status_code for number in (2, 2, 1)] == [200, 200, 200]
        shown = [there.shown() for _ in range(3)]
        assert [one["outcome"].partition(":")[0] for one in shown] == [
            "-> 200",
            "dropped",
            "dropped",
        ]
        assert [one["verdict"] for one in shown] == ["valid"] * 3
        assert (shown[0]["type"], shown[0]["sequence"], shown[0]["id"]) == ("i_ack", "2", "event-2")
        assert json.loads(shown[0]["body"])["event_time"] == 2


def test_what_is_not_rightly_signed_is_said_and_refused() -> None:
    with listening("--json", "--secret", SECRET) as there:
        assert push(there, body='{"event_type":"i_ack"}').status_code == 401
        shown = there.shown()
        assert (shown["verdict"], shown["outcome"]) == ("invalid", "-> 401")
        assert shown["problems"][0]["code"] == "wrong_secret"
        assert httpx.post(there.url, content=b"hello").status_code == 401
        assert there.shown()["problems"][0]["code"] == "missing_header"


def test_without_a_secret_nothing_is_checked() -> None:
    with listening("--json") as there:
        assert push(there, body="hello").status_code == 200
        assert there.shown()["verdict"] == "unchecked"
        assert there.stop(signal.SIGINT) == 0


def test_people_are_shown_text_that_does_nothing_to_their_terminal() -> None:
    with listening("--secret", SECRET) as there:
        push(there)
        push(there, body="\x1b[31mred")
        assert there.stop(signal.SIGTERM) == 0
        assert there.process.stdout is not None
        text = there.process.stdout.read()
    first, *rest = text.splitlines()
    assert first.split("  ")[1:] == ["i_ack", "event-1", "#1 (2 superseded)", "verified", "-> 200"]
    assert '    "event_type": "i_ack",' in rest
    assert "no event  event-1  #1 (2 superseded)  NOT VERIFIED  -> 401" in text
    assert "body_truncated: The body is no whole JSON document" in text
    assert text.endswith("  red\n")


@pytest.mark.parametrize("status", [500, 410, 429])
def test_a_status_is_played(status: int) -> None:
    with listening("--json", "--fault", str(status)) as there:
        answer = push(there)
        assert answer.status_code == status
        assert ("retry-after" in answer.headers) == (status == 429)
        assert there.shown()["outcome"] == f"-> {status}"


def test_a_fault_is_played_at_every_nth_request_which_is_not_taken() -> None:
    with listening("--json", "--fault", "500", "--every", "2") as there:
        assert [push(there, n).status_code for n in (1, 2, 2, 3)] == [200, 500, 200, 500]
        outcomes = [there.shown()["outcome"] for _ in range(4)]
        assert outcomes == ["-> 200", "-> 500", "-> 200", "-> 500"]


def test_a_reset_breaks_the_connection_off() -> None:
    with listening("--fault", "reset") as there, pytest.raises(httpx.ReadError, match="reset"):
        push(there)


def test_a_timeout_never_answers_and_a_trickle_never_ends() -> None:
    with listening("--fault", "timeout") as there, pytest.raises(httpx.ReadTimeout):
        httpx.post(there.url, timeout=0.3)
    with listening("--fault", "trickle") as there, httpx.stream("POST", there.url) as answer:
        assert answer.status_code == 200
        assert next(answer.iter_raw()) == b"."


def test_a_slow_one_takes_it_first() -> None:
    with listening("--json", "--fault", "slow") as there:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(there.url, json={"type": "x"}, headers={"webhook-id": "1"}, timeout=0.5)
        assert there.shown()["outcome"] == "-> 200 (slowly)"


def test_what_makes_no_sense_is_said(tocsin: Shell) -> None:
    bad = tocsin("webhook", "listen", "--secret", "hunter2")
    assert (bad.returncode, "whsec_" in bad.stderr) == (1, True)
    assert tocsin("webhook", "listen", "--topic", "deploy/>").returncode == 2
    assert tocsin("webhook", "listen", "--port", "65536").returncode == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = tocsin("webhook", "listen", "--port", port)
    assert (busy.returncode, f"Port {port}" in busy.stderr) == (1, True)


def test_an_endpoint_is_there_while_it_listens(server: Process) -> None:
    with server.client() as api:
        environment = {"TOCSIN_URL": server.url, "TOCSIN_TOKEN": TOKEN}
        options = ("--json", "--subscribe", "--event-type", "i_new")
        with listening(*options, **environment) as there:
            assert there.said().endswith("tells it until this ends")
            assert there.said().startswith("tocsin: refused_address: ")
            (made,) = api.get("/api/v1/webhooks").json()["data"]
            assert (made["url"], made["event_types"]) == (there.url, ["i_new"])
            assert there.stop(signal.SIGINT) == 0
        assert api.get("/api/v1/webhooks").json()["data"] == []


def test_an_endpoint_that_cannot_be_made_is_said(server: Process, tocsin: Shell) -> None:
    options = ("webhook", "listen", "--subscribe", "--token", "wrong")
    refused = tocsin(*options, TOCSIN_URL=server.url)
    assert refused.returncode == 1


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Process]:
    """A server that may call this machine."""
    with Process(tmp_path, TOCSIN_WEBHOOKS__ALLOW_NETWORKS="127.0.0.0/8") as process:
        yield process


def subscribed(server: Process, *options: str) -> AbstractContextManager[Listening]:
    """`webhook listen` with an endpoint that wants to hear of houses."""
    chosen = ("--json", "--subscribe", "--profile", "cloudevents", "--topic", "house/>")
    return listening(*chosen, *options, TOCSIN_URL=server.url, TOCSIN_TOKEN=TOKEN)


def happen(server: Process, there: Listening) -> dict[str, Any]:
    """Publish an event once there is the endpoint; how it is shown."""
    assert there.said().endswith("tells it until this ends")
    (position, _) = server.publish(
        {"type": "fire", "topic": "house/1", "data": {"floor": 2}},
        {"type": "fire", "topic": "ship/1"},
    )
    shown = there.shown()
    assert (shown["id"], shown["type"]) == (position, "fire")
    return shown


def test_an_event_of_a_server_arrives_until_it_is_interrupted(near: Process) -> None:
    with subscribed(near) as there, near.client() as api:
        shown = happen(near, there)
        assert (shown["verdict"], shown["problems"], shown["outcome"]) == ("valid", [], "-> 200")
        told = json.loads(shown["body"])
        assert (told["subject"], told["data"]) == ("house/1", {"floor": 2})
        (made,) = api.get("/api/v1/webhooks").json()["data"]
        assert there.stop(signal.SIGINT) == 0
        assert there.said() == f"tocsin: endpoint {made['id']} is deleted"
        assert api.get("/api/v1/webhooks").json()["data"] == []


def test_the_secret_that_is_given_is_the_endpoint_s(near: Process) -> None:
    with subscribed(near, "--secret", SECRET) as there:
        shown = happen(near, there)
    assert shown["verdict"] == "valid"
    assert Webhook(SECRET).verify(shown["body"], shown["headers"]) == json.loads(shown["body"])


def test_what_comes_through_a_proxy_with_a_path_of_its_own_is_taken(near: Process) -> None:
    behind: list[Listening] = []

    def passes_on(call: Call) -> None:
        while request := call.request():
            head, _, body = request.partition(b"\r\n\r\n")
            line, *fields = head.decode().split("\r\n")
            headers = dict(field.split(": ", 1) for field in fields) | {"Host": "inside"}
            path = line.split(" ")[1].removeprefix("/hook/")
            answer = httpx.post(f"{behind[0].url}{path}", content=body, headers=headers)
            call.say(response(answer.status_code))

    with misbehaving(passes_on) as proxy:
        with subscribed(near, "--reached-at", f"{proxy.url}/to/it?key=k3y") as there:
            behind.append(there)
            assert happen(near, there)["verdict"] == "valid"
        assert proxy.got[0].startswith(b"POST /hook/to/it?key=k3y ")

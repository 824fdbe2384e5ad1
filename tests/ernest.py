"""ernest as it was: its client, which reads a build's stream by lines, and its side of the bus."""

import json
import threading
import uuid
from dataclasses import dataclass, field
from hashlib import md5
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

from tests.nats_server import Nats
from tests.waiting import SCALE

Line = tuple[str, str]

_END_MARKS = ("success", "error")


def line(body: str, level: str = "") -> Line:
    """What a client is told: a text and its level."""
    return body, level


def stream_id(service: str, datacenter: str) -> str:
    """The name of a service's stream, the same for every build."""
    return md5(f"{service}-{datacenter}".encode(), usedforsecurity=False).hexdigest()


class Watching(threading.Thread):
    """One open stream, read line by line until the end mark, as the command line of 2016 did.

    It looks for `id:` before `data:`, anywhere in a line; it knows no blank lines and no position.
    """

    def __init__(self, answer: HTTPResponse) -> None:
        super().__init__(daemon=True)
        self.lines: list[Line] = []
        self.mark = ""
        self._answer = answer

    def run(self) -> None:
        for raw in iter(self._answer.readline, b""):
            text = raw.decode()
            if "id:" in text or "data:" not in text:
                continue
            told = json.loads(text.partition("data:")[2])
            if told["body"] in _END_MARKS:
                self.mark = told["body"]
                return
            self.lines.append(line(told["body"], told["level"]))

    def wait(self) -> list[Line]:
        """All it was told, once the end mark, or the end of the response, has come."""
        self.join(30 * SCALE)
        assert not self.is_alive(), f"the stream goes on; so far {self.lines}"
        return self.lines


@dataclass
class Ernest:
    """The client of one user."""

    url: str
    token: str = ""

    def log_in(self, user: str, password: str) -> None:
        """Take the token from where ernest puts it."""
        body = json.dumps({"user_name": user, "user_password": password})
        answer = self._ask("POST", "/session/", body)
        assert answer.status == 200
        self.token = answer.getheader("X-Auth-Token") or ""

    def watch(self, stream: str) -> Watching:
        """Open a stream; it is open when this returns."""
        answer = self._ask("GET", f"/events?stream={stream}")
        assert answer.status == 200
        watching = Watching(answer)
        watching.start()
        return watching

    def _ask(self, method: str, path: str, body: str | None = None) -> HTTPResponse:
        host = urlsplit(self.url)
        connection = HTTPConnection(host.hostname or "", host.port, timeout=30 * SCALE)
        headers = {"X-Auth-Token": self.token} if self.token else {}
        connection.request(method, path, body, headers)
        return connection.getresponse()


@dataclass
class Build:
    """One build of a service, told about on the bus by ernest's other parts."""

    nats: Nats
    stream: str
    _uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def service(self) -> str:
        """What the bus calls this build."""
        return f"{self._uuid}-{self.stream}"

    def create(self) -> None:
        """It begins."""
        self._say("service.create", {"id": self.service, "name": "web", "datacenter": "fake"})

    def tell(self, *lines: Line) -> None:
        """Tell the user some lines, in one message."""
        messages = [{"body": body, "level": level, "color": "none"} for body, level in lines]
        self._say("monitor.user", {"service": self.service, "messages": messages})

    def end(self, how: str) -> None:
        """It is over: `done` or `error`."""
        self._say(f"service.create.{how}", {"id": self.service})

    def _say(self, subject: str, message: dict[str, object]) -> None:
        self.nats.publish((subject, json.dumps(message).encode()))

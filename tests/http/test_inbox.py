"""GET /events?stream=ID against the whole service: who is let in, and what they get."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.clock import HeldClock
from tests.running import ADMIN, Running, running
from tests.waiting import SCALE, eventually

from tocsin.wire import sse

URL = "/events?stream=web"
TOKEN = {"X-Auth-Token": ADMIN}


class Listener:
    """One open stream, read at the test's pace."""

    def __init__(self, url: str, target: str = URL, **headers: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=20 * SCALE)
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n{head}\r\n".encode())
        self.answer = http.client.HTTPResponse(self.socket, method="GET")
        self.answer.begin()
        self.parser = sse.Parser()
        self._messages: list[sse.Message] = []

    def begin(self) -> "Listener":
        """Read up to the first id: from then on it listens."""
        while not self.parser.last_event_id:
            self._read_on()
        return self

    def bodies(self, count: int) -> list[str]:
        """The texts of the next messages."""
        while len(self._messages) < count:
            assert self._read_on(), "the stream has ended"
        taken, self._messages = self._messages[:count], self._messages[count:]
        return [_body(message) for message in taken]

    def rest(self) -> list[str]:
        """The texts of all messages up to the end of the response."""
        while self._read_on():
            pass
        taken, self._messages = self._messages, []
        return [_body(message) for message in taken]

    def _read_on(self) -> bool:
        piece = self.answer.read1(2**16)
        self._messages += self.parser.feed(piece)
        return bool(piece)

    @property
    def last_id(self) -> str:
        return self.parser.last_event_id

    def close(self) -> None:
        self.answer.close()
        self.socket.close()


def _body(message: sse.Message) -> str:
    read: dict[str, str] = httpx.Response(200, text=message.data).json()
    assert list(read) == ["body", "level"]
    return read["body"]


class There:
    """A service, what is told in the operation `web`, and who listens."""

    def __init__(self, service: Running, api: httpx.Client, stack: ExitStack) -> None:
        self.url, self.clock, self.api = service.url, service.clock, api
        self._stack = stack

    def listen(self, target: str = URL, **headers: str) -> Listener:
        """Open a stream, as an admin unless something else lets in."""
        if not headers and "ticket=" not in target:
            headers = {"X_Auth_Token": ADMIN}
        listener = Listener(self.url, target, **headers)
        self._stack.callback(listener.close)
        return listener

    def resume(self, last_id: str, target: str = URL) -> Listener:
        return self.listen(target, X_Auth_Token=ADMIN, Last_Event_ID=last_id)

    def get(self, target: str = URL, **headers: str) -> httpx.Response:
        """An answer that is no stream."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(self.url + target, headers=given)

    def tell(self, *bodies: str) -> int:
        messages = [{"body": body} for body in bodies]
        path = "/api/v1/operations/web/messages"
        return self.api.post(path, json={"messages": messages}).status_code

    def open(self) -> None:
        assert self.api.post("/api/v1/operations", json={"id": "web"}).is_success

    def finish(self) -> None:
        path = "/api/v1/operations/web/finish"
        assert self.api.post(path, json={"outcome": "success"}).is_success

    def secret(self, *scopes: str) -> tuple[str, str]:
        """A token with these scopes: its id and its secret."""
        made = self.api.post("/api/v1/tokens", json={"name": "x", "scopes": scopes}).json()
        return made["id"], made["secret"]

    def ticket(self, stream: str = "web", token: str = ADMIN) -> str:
        """The address of a stream with a new ticket."""
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{self.url}/api/v1/tickets"
        answer = httpx.post(path, json={"stream": stream}, headers=headers)
        assert answer.status_code == 201
        return f"/events?stream={stream}&ticket={answer.json()['ticket']}"


@contextmanager
def there(folder: Path, clock: HeldClock | None = None, /, **sections: Any) -> Iterator[There]:
    with ExitStack() as stack:
        service = stack.enter_context(running(folder, clock, **sections))
        api = stack.enter_context(service.client())
        yield There(service, api, stack)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    """A service for the tests that leave nothing behind in `web`."""
    with there(tmp_path_factory.mktemp("inbox")) as here:
        yield here


@pytest.fixture(params=["handoff", "h11"])
def served(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[There]:
    """A service of the test's own, on sockets that were handed off, or on a server without that."""
    if request.param == "h11":
        monkeypatch.setattr("tocsin.listening.HttpProtocol", "h11")
    with there(tmp_path) as served:
        yield served


@pytest.mark.parametrize("target", [URL, "/events", "/events?stream=a/b", "/events?ticket=none"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X_Auth_Token": "unknown"},
        {"X_Auth_Token": ""},
        {"Authorization": "Bearer unknown"},
        {"Cookie": "tocsin_session=unknown"},
    ],
)
def test_who_is_not_known_is_not_let_in_whatever_is_asked_for(
    here: There, target: str, headers: dict[str, str]
) -> None:
    answer = here.get(target, **headers)
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("/events", "Please specify a stream!"),
        ("/events?stream=", "Please specify a stream!"),
        ("/events?stream=a/b", "stream must be 1 to 128 of [A-Za-z0-9._:-]"),
        (f"/events?stream={'x' * 129}", "stream must be 1 to 128 of [A-Za-z0-9._:-]"),
        (f"{URL}&run=0", "run must be last or a number from 1"),
        (f"{URL}&run=first", "run must be last or a number from 1"),
    ],
)
def test_what_cannot_be_asked_for_is_400(here: There, target: str, text: str) -> None:
    answer = here.get(target, X_Auth_Token=ADMIN)
    assert (answer.status_code, answer.text) == (400, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_token_that_may_not_read_gets_403(here: There) -> None:
    answer = here.get(X_Auth_Token=here.secret("operations:write")[1])
    assert (answer.status_code, answer.text) == (403, "The token lacks the scope read.")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_405(here: There, method: str) -> None:
    answer = httpx.request(method, here.url + URL, headers=TOKEN)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_page_of_another_origin_may_show_its_token(here: There) -> None:
    asking = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    answer = httpx.options(here.url + URL, headers=asking)
    assert answer.status_code == 204
    allowed = set(answer.headers["access-control-allow-headers"].split(", "))
    assert allowed >= {"authorization", "x-auth-token", "last-event-id"}


@pytest.mark.parametrize("run", ["last", "1"])
def test_a_run_that_there_never_was_is_404(here: There, run: str) -> None:
    answer = here.get(f"/events?stream=unknown&run={run}", X_Auth_Token=ADMIN)
    assert (answer.status_code, answer.text) == (404, "There is no such run.")


def test_every_way_in_opens_the_stream(here: There) -> None:
    user = {"email": "ann@example.org", "name": "Ann", "role": "viewer", "password": "secret word"}
    assert here.api.post("/api/v1/users", json=user).status_code == 201
    sign_in = {"user_name": "ann@example.org", "user_password": "secret word"}
    session = httpx.post(f"{here.url}/session", json=sign_in).headers["x-auth-token"]
    for target, headers in [
        (URL, {"X_Auth_Token": ADMIN}),
        (URL, {"Authorization": f"Bearer {here.secret('read')[1]}"}),
        (URL, {"X_Auth_Token": session}),
        (URL, {"Cookie": f"tocsin_session={session}"}),
        (here.ticket(), {}),
        (here.ticket(token=session), {"Cookie": "tocsin_session=expired"}),
    ]:
        listener = here.listen(target, **headers).begin()
        assert listener.answer.status == 200
        assert listener.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert listener.answer.headers["access-control-allow-origin"] == "*"
        listener.close()


def test_what_a_caller_says_itself_counts_before_what_its_browser_adds(here: There) -> None:
    here.listen(here.ticket()).begin()
    assert here.get(here.ticket(), X_Auth_Token="unknown").status_code == 401
    answer = here.get(f"{URL}&ticket=unknown", Cookie=f"tocsin_session={ADMIN}")
    assert answer.status_code == 401


def test_a_ticket_is_made_once_for_an_operation_by_who_may_read(here: There) -> None:
    for stream in ("", "a/b", "x" * 129, 7):
        answer = here.api.post("/api/v1/tickets", json={"stream": stream})
        assert answer.status_code == 422
    once = {"Idempotency-Key": "one"}
    first = here.api.post("/api/v1/tickets", json={"stream": "web"}, headers=once)
    again = here.api.post("/api/v1/tickets", json={"stream": "web"}, headers=once)
    assert (first.status_code, again.status_code) == (201, 409)
    assert first.json()["expires_at"] == here.clock.now + 60
    teller = {"X-Auth-Token": here.secret("operations:write")[1]}
    path = f"{here.url}/api/v1/tickets"
    assert httpx.post(path, json={"stream": "web"}, headers=teller).status_code == 403


def test_a_listener_gets_the_run_that_it_waited_for_and_is_ended_with_it(served: There) -> None:
    listener = served.listen().begin()
    beginning = listener.last_id
    assert served.tell("Creating", "id: 7") == 202
    assert listener.bodies(2) == ["Creating", "id: 7"]
    served.tell("success")
    served.finish()
    assert listener.rest() == ["success"]
    assert served.get(X_Auth_Token=ADMIN, Last_Event_ID=listener.last_id).status_code == 204
    assert served.resume(beginning).rest() == ["Creating", "id: 7", "success"]


def test_the_bytes_of_a_stream_are_what_ernest_reads(served: There) -> None:
    listener = served.listen().begin()
    opening = listener.last_id
    served.tell("id: 7")
    served.finish()
    again = served.resume(opening)
    first, retry, message, end = again.answer.read().split(b"\n\n")
    epoch, sequence = opening.split("-")
    assert first == f"id: {epoch}-{int(sequence) + 1}".encode()
    assert retry.startswith(b"retry: ")
    following = f"id: {epoch}-{int(sequence) + 2}\n".encode()
    assert message == following + rb'data: {"body":"id\u003a 7","level":""}'
    assert end == b""


def test_who_comes_late_gets_the_run_from_its_beginning(served: There) -> None:
    served.open()
    served.tell("one", "two")
    first = served.listen()
    assert first.bodies(1) == ["one"]
    second = served.resume(first.last_id)
    served.tell("three")
    assert first.bodies(2) == ["two", "three"]
    assert second.bodies(1) == ["three"]
    served.finish()
    assert (first.rest(), second.rest()) == ([], [])


def test_after_a_closed_run_a_listener_waits_for_the_next(served: There) -> None:
    served.tell("first run")
    served.finish()
    assert served.tell("nobody waits") == 409
    listener = served.listen().begin()
    assert served.tell("second run") == 202
    assert listener.bodies(1) == ["second run"]
    served.finish()
    assert listener.rest() == []
    runs = served.api.get("/api/v1/operations/web").json()["runs"]
    assert [run["messages"] for run in runs] == [1, 1]


def test_a_head_opens_nothing(served: There) -> None:
    served.tell("first run")
    served.finish()
    answer = httpx.head(served.url + URL, headers=TOKEN)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert served.tell("nobody waits") == 409


def test_a_run_is_read_by_its_number(served: There) -> None:
    for bodies in (["a", "b"], ["c"], ["d"]):
        served.open()
        served.tell(*bodies)
        if bodies != ["d"]:
            served.finish()
    last, first = served.listen(f"{URL}&run=last"), served.listen(f"{URL}&run=1")
    assert first.rest() == ["a", "b"]
    assert served.listen(f"{URL}&run=2").rest() == ["c"]
    assert served.get(f"{URL}&run=4", X_Auth_Token=ADMIN).status_code == 404
    done = served.get(f"{URL}&run=1", X_Auth_Token=ADMIN, Last_Event_ID=first.last_id)
    assert done.status_code == 204
    served.tell("e")
    served.finish()
    assert last.rest() == ["d", "e"]


def test_a_slow_listener_gets_everything_also_when_the_run_is_closed(served: There) -> None:
    slow, quick = served.listen().begin(), served.listen().begin()
    told = []
    for number in range(60):
        told += [f"{number}.{one} {'x' * 2_000}" for one in range(50)]
        assert served.tell(*told[-50:]) == 202
    served.finish()
    assert quick.rest() == told
    assert slow.rest() == told


def test_who_loses_its_token_is_ended(served: There) -> None:
    token_id, secret = served.secret("read")
    listener = served.listen(X_Auth_Token=secret).begin()
    watcher = served.listen(served.ticket(token=secret)).begin()
    used = served.ticket(token=secret)
    assert served.api.delete(f"/api/v1/tokens/{token_id}").status_code == 204
    assert (listener.rest(), watcher.rest()) == ([], [])
    assert served.get(used).status_code == 401


def test_a_ticket_is_for_one_run_however_often_its_listener_comes_back(served: There) -> None:
    address = served.ticket()
    assert served.get(address.replace("stream=web", "stream=db")).status_code == 401
    first = served.listen(address).begin()
    served.tell("one", "two")
    assert first.bodies(2) == ["one", "two"]
    served.clock.advance(61)
    second = served.listen(address, Last_Event_ID=first.last_id)
    served.tell("three")
    assert second.bodies(1) == ["three"]
    served.finish()
    assert second.rest() == []
    assert served.get(address, Last_Event_ID=second.last_id).status_code == 204
    assert served.listen(address, Last_Event_ID=first.last_id).rest() == ["three"]
    assert served.get(address).status_code == 401
    served.open()
    assert served.get(address).status_code == 401


def test_listeners_find_their_run_again_after_a_restart(tmp_path: Path) -> None:
    with there(tmp_path) as before:
        reader = before.listen()
        ticketed_address = before.ticket()
        reader.begin()
        before.tell("one")
        assert reader.bodies(1) == ["one"]
        before.listen(ticketed_address).begin()
        elsewhere = before.listen("/events?stream=elsewhere").begin()
        before.tell("two")
        clock = before.clock
    with there(tmp_path, clock) as after:
        again = after.resume(reader.last_id)
        ticketed = after.listen(ticketed_address, Last_Event_ID=reader.last_id)
        waiting = after.resume(elsewhere.last_id, "/events?stream=elsewhere").begin()
        after.tell("three")
        after.finish()
        assert again.rest() == ["two", "three"]
        assert ticketed.rest() == ["two", "three"]
        after.api.post("/api/v1/operations", json={"id": "elsewhere"})
        after.api.post(
            "/api/v1/operations/elsewhere/messages", json={"messages": [{"body": "now"}]}
        )
        assert waiting.bodies(1) == ["now"]


def test_an_operation_that_somebody_listens_to_is_not_idle(tmp_path: Path) -> None:
    with there(tmp_path, operations={"idle_s": 100}) as here:
        here.open()
        listener = here.listen().begin()
        for _ in range(3):
            here.clock.advance(60)
            here.tell("still there")
            assert listener.bodies(1) == ["still there"]
        for _ in range(30):
            here.clock.advance(10)
            assert here.api.get("/api/v1/operations/web").json()["state"] == "open"
        listener.close()

        def gone() -> bool:
            here.clock.advance(10)
            return here.api.get("/api/v1/operations/web").status_code == 404

        eventually(gone)

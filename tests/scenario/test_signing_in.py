"""Sessions of the whole service: what they open, when that ends, and who is refused."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from httpx_sse import EventSource
from tests.running import ADMIN, Running, running

ANN = {"email": "ann@example.org", "name": "Ann", "role": "viewer", "password": "ann's secret"}
RIGHT = {"user_name": "ann@example.org", "user_password": "ann's secret"}
WRONG = {"user_name": "ann@example.org", "user_password": "a guess"}
OUTSIDE = {"X-Forwarded-For": "192.0.2.1"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for tests that make users of their own."""
    with running(tmp_path_factory.mktemp("service")) as service:
        yield service


def make_user(service: Running, number: int) -> tuple[str, str]:
    """A user; the id and the e-mail address."""
    email = f"user-{number}@example.org"
    with service.client() as admin:
        answer = admin.post("/api/v1/users", json={**ANN, "email": email})
    return answer.json()["id"], email


def sign_in(service: Running, email: str) -> str:
    """Sign a user in; the session's secret."""
    with service.client(None) as anybody:
        answer = anybody.post("/session", json={**RIGHT, "user_name": email})
    assert answer.status_code == 200, answer.text
    return str(answer.headers["x-auth-token"])


class Watching:
    """A stream of the log, opened with some secret."""

    def __init__(self, service: Running, secret: str, stack: ExitStack) -> None:
        client = stack.enter_context(service.client(secret))
        headers = {"Accept": "text/event-stream"}
        answer = stack.enter_context(client.stream("GET", "/api/v1/events", headers=headers))
        self._events = EventSource(answer).iter_sse()
        assert next(self._events).event == "tocsin.resume"

    def reads_on_to(self, kind: str) -> bool:
        """Whether it is shown an event of that type, and has not ended before."""
        return any(event.event == kind for event in self._events)

    def ends(self) -> bool:
        """Whether it ends, whatever it is shown until then."""
        return not any(False for _ in self._events)


def publish(service: Running, kind: str) -> None:
    """Publish an event of that type."""
    with service.client() as admin:
        admin.post("/api/v1/events", json={"type": kind, "topic": "a"})


def test_signing_out_ends_what_that_session_opened(service: Running) -> None:
    _, email = make_user(service, 1)
    one, other = sign_in(service, email), sign_in(service, email)
    with ExitStack() as stack:
        ending, staying = Watching(service, one, stack), Watching(service, other, stack)
        with service.client(one) as client:
            assert client.delete("/session").status_code == 200
        assert ending.ends()
        publish(service, "com.example.after")
        assert staying.reads_on_to("com.example.after")


@pytest.mark.parametrize("number", [2, 3])
def test_what_a_user_opened_ends_with_the_user_and_with_the_password(
    service: Running, number: int
) -> None:
    user_id, email = make_user(service, number)
    with ExitStack() as stack:
        ending = Watching(service, sign_in(service, email), stack)
        staying = Watching(service, ADMIN, stack)
        with service.client() as admin:
            if number == 2:
                admin.delete(f"/api/v1/users/{user_id}")
            else:
                admin.patch(f"/api/v1/users/{user_id}", json={"password": "another secret"})
        assert ending.ends()
        publish(service, "com.example.after")
        assert staying.reads_on_to("com.example.after")


def test_what_is_open_outlasts_the_session_and_ends_with_the_user(service: Running) -> None:
    user_id, email = make_user(service, 4)
    with ExitStack() as stack:
        secret = sign_in(service, email)
        watching = Watching(service, secret, stack)
        service.clock.advance(13 * 3_600)
        with service.client(secret) as client:
            assert client.get("/session").status_code == 401
        with service.client() as admin:
            admin.post("/api/v1/prune")
        publish(service, "com.example.later")
        assert watching.reads_on_to("com.example.later")
        with service.client() as admin:
            admin.delete(f"/api/v1/users/{user_id}")
        assert watching.ends()


def guess(client: httpx.Client, **headers: str) -> int:
    """The status of an answer to a wrong password."""
    return client.post("/session", json=WRONG, headers=headers).status_code


def test_sessions_and_blocks_outlive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        with service.client() as admin:
            admin.post("/api/v1/users", json=ANN)
        secret = sign_in(service, ANN["email"])
        with service.client(None) as outsider:
            assert [guess(outsider, **OUTSIDE) for _ in range(6)] == [401] * 5 + [429]
    with running(tmp_path, service.clock) as service:
        with service.client(secret) as ann:
            assert ann.get("/session").json()["user_name"] == "Ann"
        with service.client(None) as outsider:
            blocked = outsider.post("/session", json=RIGHT, headers=OUTSIDE)
            assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "3600")
            service.clock.advance(3_600)
            assert outsider.post("/session", json=RIGHT, headers=OUTSIDE).status_code == 200


def test_this_machine_is_not_blocked_unless_it_is_wanted(tmp_path: Path, service: Running) -> None:
    with service.client(None) as local:
        assert {guess(local) for _ in range(6)} == {401}
    strict: dict[str, object] = {"exempt_networks": "", "max_failures": 1, "block_s": 60}
    with running(tmp_path, sign_in=strict) as other, other.client(None) as local:
        assert [guess(local) for _ in range(2)] == [401, 429]
        other.clock.advance(60)
        assert guess(local) == 401

"""Notices, over real WebSocket connections to the whole service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from tests.rsa_keys import encrypted, private_key, public_key
from tests.running import ADMIN, Running, running
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests: each has classes of its own."""
    with running(tmp_path_factory.mktemp("notices")) as service:
        yield service


class Client:
    """A WebSocket client of the notices."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def say(self, namespace: str, name: str, args: object, id: str = "7") -> None:  # noqa: A002
        said = {"namespace": namespace, "name": name, "id": id, "args": args}
        self._socket.send(json.dumps(said))

    def hear(self) -> Any:
        return json.loads(self._socket.recv(timeout=30))

    def ask(self, namespace: str, name: str, args: object) -> Any:
        """The args of the answer."""
        self.say(namespace, name, args)
        heard = self.hear()
        assert heard["id"] == "7"
        return heard["args"]

    def sign_in(self, token: str = ADMIN) -> str:
        secret, lifetime = self.ask("rpc", "auth_token", {"token": token})
        assert (len(secret), lifetime) == (20, 900)
        return str(secret)

    def closed(self) -> int:
        """The code that the connection was closed with, after everything before it."""
        with suppress(ConnectionClosed):
            while True:
                self._socket.recv(timeout=30)
        assert self._socket.close_code is not None
        return self._socket.close_code


@contextmanager
def connected(service: Running) -> Iterator[Client]:
    with connect(f"{service.url.replace('http', 'ws', 1)}/ws") as socket:
        yield Client(socket)


@contextmanager
def signed_in(service: Running) -> Iterator[Client]:
    with connected(service) as client:
        client.sign_in()
        yield client


def publish(service: Running, class_: str, message: str, **more: object) -> str:
    with service.client() as http:
        answer = http.post("/api/v1/notices", json={"class": class_, "message": message, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["position"])


def heard(client: Client) -> tuple[str, str]:
    """The class and the message of the next notice."""
    notice = client.hear()
    assert (notice["namespace"], notice["id"]) == ("events", "<none>")
    return notice["name"], notice["args"]["message"]


def test_the_last_notice_the_answer_and_then_what_is_new(service: Running) -> None:
    publish(service, "life-preserver", "old")
    publish(service, "life-preserver", "last", priority=1, args={"class": "snapshot"})
    publish(service, "dispatcher", "forgotten")
    with signed_in(service) as client:
        client.say("events", "subscribe", ["dispatcher", "life-preserver"])
        assert client.hear() == {
            "args": {"class": "snapshot", "message": "last", "priority": "1 - Information"},
            "id": "<none>",
            "name": "life-preserver",
            "namespace": "events",
        }
        assert client.hear() == {
            "args": {"subscribe": "life-preserver"},
            "id": "7",
            "name": "response",
            "namespace": "events",
        }
        publish(service, "dispatcher", "new")
        publish(service, "other", "not watched")
        publish(service, "life-preserver", "newer")
        assert [heard(client), heard(client)] == [
            ("dispatcher", "new"),
            ("life-preserver", "newer"),
        ]


def test_subscribing_again_gives_the_last_again_and_the_next_once(service: Running) -> None:
    with signed_in(service) as client:
        assert client.ask("events", "subscribe", "x2") == {"subscribe": "x2"}
        publish(service, "x2", "one")
        assert heard(client) == ("x2", "one")
        client.say("events", "subscribe", "x2")
        assert heard(client) == ("x2", "one")
        assert client.hear()["args"] == {"subscribe": "x2"}
        publish(service, "x2", "two")
        publish(service, "x2", "three")
        assert [heard(client), heard(client)] == [("x2", "two"), ("x2", "three")]


def test_who_unsubscribes_hears_no_more(service: Running) -> None:
    with signed_in(service) as client:
        assert client.ask("events", "subscribe", ["x3", "y3"]) == {"subscribe": "y3"}
        assert client.ask("events", "unsubscribe", ["x3", "never"]) == {"unsubscribe": "never"}
        publish(service, "x3", "one")
        publish(service, "y3", "two")
        assert heard(client) == ("y3", "two")


def test_who_follows_gets_what_was_missed_and_then_what_is_new_with_positions(
    service: Running,
) -> None:
    first = publish(service, "x4", "1")
    positions = [publish(service, "x4", "2"), publish(service, "y4", "3")]
    with signed_in(service) as client:
        answer = client.ask("events", "subscribe", {"classes": ["x4", "y4"], "since": first})
        assert answer["subscribe"] == "y4"
        assert (answer["verdict"], answer["position"]) == ("resumed", first)
        positions += [publish(service, "x4", "4"), publish(service, "y4", "5")]
        told = [client.hear() for _ in range(4)]
        assert [one["args"]["message"] for one in told] == ["2", "3", "4", "5"]
        assert [one["position"] for one in told] == positions

        assert client.ask("events", "unsubscribe", "y4") == {"unsubscribe": "y4"}
        publish(service, "y4", "6")
        last = publish(service, "x4", "7")
        assert client.hear()["position"] == last


def test_a_followed_class_that_is_subscribed_to_is_told_once(service: Running) -> None:
    with signed_in(service) as client:
        client.ask("events", "subscribe", {"classes": "x5"})
        publish(service, "x5", "1")
        assert "position" in client.hear()
        client.say("events", "subscribe", "x5")
        assert heard(client) == ("x5", "1")
        assert client.hear()["args"] == {"subscribe": "x5"}
        publish(service, "x5", "2")
        publish(service, "x5", "3")
        assert [client.hear()["args"]["message"] for _ in range(2)] == ["2", "3"]


def test_this_servers_own_events_are_notices_too(service: Running) -> None:
    with signed_in(service) as client, service.client() as http:
        client.say("events", "subscribe", ["status", "operations"])
        assert client.hear()["args"]["type"] == "tocsin.page.created"
        assert client.hear()["args"] == {"subscribe": "operations"}
        component = http.post("/api/v1/components", json={"name": "API"}).json()
        told = client.hear()
        assert told["name"] == "status"
        assert told["args"]["type"] == "tocsin.component.created"
        assert told["args"]["subject"] == f"component/{component['id']}"


def test_logs_are_read_by_class_and_second(service: Running) -> None:
    publish(service, "x7", "1")
    publish(service, "x7", "2")
    service.clock.advance(1)
    publish(service, "y7", "3")
    now = service.clock.now
    with signed_in(service) as client:
        logs = client.ask("rpc", "logs", {"action": "read_logs", "logs": ["x7", "y7", "z7"]})
        assert logs == {
            "x7": {str(now - 1): {"message": "1"}, f"{now - 1}.000001": {"message": "2"}},
            "y7": {str(now): {"message": "3"}},
            "z7": {},
        }
        asked = {"action": "read_logs", "logs": "y7", "start_time": now - 1, "end_time": now - 1}
        assert client.ask("rpc", "logs", asked) == {"y7": {}}


def test_a_token_that_has_expired_stops_requests_but_not_subscriptions(service: Running) -> None:
    with signed_in(service) as client:
        client.ask("events", "subscribe", "x8")
        service.clock.advance(901)
        assert client.ask("rpc", "query", {}) == {"code": "401", "message": "Unauthorized"}
        publish(service, "x8", "1")
        assert heard(client) == ("x8", "1")


def test_a_token_lasts_from_its_last_use(service: Running) -> None:
    with signed_in(service) as client:
        for _ in range(3):
            service.clock.advance(800)
            assert "events/subscribe" in client.ask("rpc", "query", {})


def test_a_token_can_be_signed_in_with_again(service: Running) -> None:
    with connected(service) as client:
        secret = client.sign_in()
    with connected(service) as client:
        assert client.ask("rpc", "auth_token", {"token": secret}) == [secret, 900]


def test_deleting_what_a_client_has_signed_in_with_closes_its_connection(service: Running) -> None:
    with service.client() as http, connected(service) as client:
        made = http.post("/api/v1/tokens", json={"name": "desktop", "scopes": ["read"]}).json()
        client.sign_in(made["secret"])
        http.delete(f"/api/v1/tokens/{made['id']}")
        assert client.closed() == 1008


def test_who_signs_out_has_to_sign_in_again(service: Running) -> None:
    with signed_in(service) as client:
        client.say("rpc", "auth_clear", "")
        assert client.ask("rpc", "query", {})["code"] == "401"


def test_a_user_signs_in_by_password_then_by_a_key_of_its_own(service: Running) -> None:
    ann = {"email": "ann@example.org", "name": "Ann", "role": "viewer", "password": "long enough"}
    key = private_key("laptop")
    pub_key = public_key(key)
    with service.client() as http:
        http.post("/api/v1/users", json=ann).raise_for_status()
    with connected(service) as client:
        wrong = {"username": "ann@example.org", "password": "wrong"}
        assert client.ask("rpc", "auth", wrong)["code"] == "401"
        _, lifetime = client.ask("rpc", "auth", {**wrong, "password": "long enough"})
        assert lifetime == 900
        register = {"action": "register_ssl_cert", "pub_key": pub_key, "nickname": "laptop"}
        assert client.ask("rpc", "settings", register) == {}
        assert client.ask("rpc", "settings", {"action": "list_ssl_certs"}) == {
            "ann@example.org": {pub_key: "Nickname: laptop"}
        }
    with connected(service) as client:
        text = client.ask("rpc", "auth_ssl", "")["test_string"]
        assert len(text) == 200
        proof = {"encrypted_string": encrypted(key, text)}
        token, _ = client.ask("rpc", "auth_ssl", proof)
        assert len(token) == 20
        assert client.ask("rpc", "auth_ssl", proof)["code"] == "401"
        revoke = {"action": "revoke_ssl_cert", "pub_key": pub_key, "user": "ann@example.org"}
        assert client.ask("rpc", "settings", revoke) == {}
        assert client.ask("rpc", "settings", revoke)["code"] == "404"
        text = client.ask("rpc", "auth_ssl", "")["test_string"]
        proof = {"encrypted_string": encrypted(key, text)}
        assert client.ask("rpc", "auth_ssl", proof)["code"] == "401"

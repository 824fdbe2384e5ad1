"""Where WebSocket connections may be opened, and by whom."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.running import ADMIN, Running, running
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

ALLOWED = "https://admin.example.org"
HOST = "status.example.org"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("data"), notices={"allow_origins": [ALLOWED]}) as service:
        with service.client() as api:
            assert api.patch("/api/v1/pages/main", json={"hosts": [HOST]}).is_success
        yield service


def opened(service: Running, path: str = "/ws", origin: str | None = None) -> ClientConnection:
    """A connection of a client that says it is from this origin."""
    url = service.url.replace("http://", "ws://") + path
    headers = {"Origin": origin} if origin is not None else {}
    return connect(url, additional_headers=headers)


def identify(connection: ClientConnection) -> str:
    connection.send(json.dumps({"namespace": "rpc", "name": "identify", "id": "1", "args": ""}))
    return str(json.loads(connection.recv(timeout=20))["args"]["type"])


@pytest.mark.parametrize("path", ["/ws", "/"])
def test_a_connection_is_opened_at_ws_and_where_sysadm_opens_it(
    service: Running, path: str
) -> None:
    with opened(service, path) as connection:
        assert identify(connection) == "server"


def test_the_page_is_still_at_the_root(service: Running) -> None:
    with service.client() as client:
        assert (
            "text/html" in client.get("/", headers={"Accept": "text/html"}).headers["content-type"]
        )


@pytest.mark.parametrize("path", ["/websocket", "/ws/", "/api/v1/notices"])
def test_elsewhere_none_is_opened(service: Running, path: str) -> None:
    with pytest.raises(InvalidStatus):
        opened(service, path)


def test_a_request_without_upgrade_is_told_of_it(service: Running) -> None:
    answer = httpx.get(service.url + "/ws")
    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"


@pytest.mark.parametrize(
    "origin", ["sysadm-client", "", ALLOWED, f"https://{HOST}", f"http://{HOST}:8080"]
)
def test_a_welcome_origin_is_let_in(service: Running, origin: str) -> None:
    with opened(service, origin=origin) as connection:
        assert identify(connection) == "server"


def test_a_page_of_the_public_address_is_let_in(service: Running) -> None:
    with opened(service, origin=service.url) as connection:
        assert identify(connection) == "server"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://admin.example.org"])
def test_any_other_page_is_refused(service: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(service, origin=origin)
    response = refused.value.response
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(response.body)["code"] == "forbidden"


def test_an_address_that_failed_to_sign_in_is_refused_for_an_hour(tmp_path: Path) -> None:
    with running(tmp_path, sign_in={"exempt_networks": []}) as service:
        with opened(service) as connection:
            for _ in range(5):
                args = {"username": "nobody@example.org", "password": "wrong"}
                request = {"namespace": "rpc", "name": "auth", "id": "1", "args": args}
                connection.send(json.dumps(request))
                assert json.loads(connection.recv(timeout=20))["args"]["code"] == "401"
        with pytest.raises(InvalidStatus) as refused:
            opened(service)
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["retry-after"]) > 3000
        service.clock.advance(3601)
        with opened(service) as connection:
            assert identify(connection) == "server"


def test_too_many_connections_of_one_address_are_refused(tmp_path: Path) -> None:
    with (
        running(tmp_path, push={"max_connections_per_address": 1}) as service,
        opened(service) as connection,
    ):
        assert identify(connection) == "server"
        with pytest.raises(InvalidStatus) as refused:
            opened(service)
        assert refused.value.response.status_code == 429
        assert refused.value.response.headers["retry-after"]


def sign_in(connection: ClientConnection, secret: str) -> None:
    request = {"namespace": "rpc", "name": "auth_token", "args": {"token": secret}}
    connection.send(json.dumps(request))
    assert json.loads(connection.recv(timeout=20))["args"][1] == 900


def test_a_deleted_token_closes_what_signed_in_with_another_since(service: Running) -> None:
    with service.client() as api, opened(service) as connection:
        made = api.post("/api/v1/tokens", json={"name": "first", "scopes": ["read"]}).json()
        sign_in(connection, made["secret"])
        sign_in(connection, ADMIN)
        api.delete(f"/api/v1/tokens/{made['id']}")
        with pytest.raises(ConnectionClosed, match="1008"):
            connection.recv(timeout=20)


def test_a_deleted_token_closes_what_signed_in_with_it(service: Running) -> None:
    with service.client() as api:
        made = api.post("/api/v1/tokens", json={"name": "mine", "scopes": ["read"]}).json()
        with opened(service) as connection, opened(service) as other:
            sign_in(connection, made["secret"])
            sign_in(other, ADMIN)
            api.delete(f"/api/v1/tokens/{made['id']}")
            with pytest.raises(ConnectionClosed, match="1008"):
                connection.recv(timeout=20)
            assert identify(other) == "server"

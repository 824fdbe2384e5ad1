"""What libraries of other people may call."""

import socket
from ipaddress import ip_network

import pytest

from tocsin.app.guarded import guarded
from tocsin.app.refused_address import RefusedAddress

LOOPBACK = [ip_network("127.0.0.0/8")]


def test_an_address_inside_is_refused_before_anything_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, guarded([]) as guard:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(RefusedAddress):
                socket.create_connection((host, server.getsockname()[1]))
        with socket.socket(type=socket.SOCK_DGRAM) as udp, pytest.raises(RefusedAddress):
            udp.sendto(b"hello", server.getsockname())
        assert guard.refused


def test_what_cannot_be_judged_is_refused(tmp_path: object) -> None:
    local = socket.socket(socket.AF_UNIX)
    with guarded(LOOPBACK), local, pytest.raises(RefusedAddress):
        local.connect(f"{tmp_path}/socket")
    with guarded(LOOPBACK), socket.socket() as named, pytest.raises(RefusedAddress):
        named.connect(("localhost", 9))


def test_an_allowed_network_and_everybody_outside_may_be_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with guarded(LOOPBACK) as guard:
            socket.create_connection(server.getsockname()).close()
        with guarded([]):
            pass
        socket.create_connection(server.getsockname()).close()
        assert not guard.refused

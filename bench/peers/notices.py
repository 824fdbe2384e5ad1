"""Notices over WebSocket under the load client: Tocsin's, and nchan's messages of as many bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.peers.nchan import nchan
from bench.peers.tocsin import TOKEN, Service, post_request, serving, target
from bench.peers.websocket import ANSWER_ID, opening
from bench.target import MARKED_DATA, Target, request

_CLASS = "bench"

_SIGN_IN = {"namespace": "rpc", "name": "auth_token", "id": "", "args": {"token": TOKEN}}
_SUBSCRIBE = {"namespace": "events", "name": "subscribe", "id": ANSWER_ID}

# Who watches the class, who follows it in the log, who never says anything.
SUBSCRIBER = opening(_SIGN_IN, {**_SUBSCRIBE, "args": _CLASS})
FOLLOWER = opening(_SIGN_IN, {**_SUBSCRIBE, "args": {"classes": [_CLASS], "since": "latest"}})
STRANGER = opening()

_FRAME = f'{{"args":{MARKED_DATA},"id":"<none>","name":"{_CLASS}","namespace":"events"}}'


def notices(service: Service, pad: int = 100) -> Target:
    """The class as the load client sees it: one notice with so many bytes of padding."""
    notice = {"class": _CLASS, "args": {"mark": "~00000000", "pad": "x" * pad}}
    publish = post_request("/api/v1/notices", notice)
    return replace(target(service), stream=SUBSCRIBER, publish=publish)


@contextmanager
def tocsin_notices() -> Iterator[Target]:
    """A fresh Tocsin whose notices are watched."""
    with serving() as service:
        yield notices(service)


@contextmanager
def nchan_websocket() -> Iterator[Target]:
    """nginx, whose messages are read over WebSocket."""
    publish = request("POST", "/publish", {"Content-Type": "application/json"}, _FRAME.encode())
    with nchan() as running:
        yield replace(running, stream=opening(), publish=publish)

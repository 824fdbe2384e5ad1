"""Every request of sysadm's clients: what is done or said, in the order of the checks."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.model.access import Principal, Scope
from tocsin.model.position import Position
from tocsin.wire import sysadm_calls
from tocsin.wire.sysadm_session import Do, Say, Session

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors" / "sysadm.json").read_text()
)


def principal(user_id: str | None, *scopes: Scope) -> Principal:
    return Principal("1", "somebody", user_id, 1, frozenset(scopes))


WHO = {
    None: None,
    "viewer": principal("2", Scope.READ),
    "admin": principal("2", Scope.ADMIN),
    "token": principal(None, Scope.READ),
    "writer": principal(None, Scope.NOTICES_WRITE),
}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["about"] for vector in VECTORS])
def test_vector(vector: dict[str, Any]) -> None:
    decision = Session().heard(vector["heard"].encode(), WHO[vector["who"]], "tower")
    match decision:
        case Say(message):
            assert message.decode() == vector["said"]
        case Do(request, action):
            assert request.id in ("7", "")
            assert [type(action).__name__, plain(tuple(action))] == vector["do"]


def plain(value: object) -> object:
    """As it stands in the vectors."""
    if isinstance(value, Position):
        return str(value)
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def test_an_administrator_may_everything() -> None:
    assert sysadm_calls.allowed(principal("2", Scope.ADMIN)).keys() == {
        "rpc/query",
        "rpc/logs",
        "rpc/settings",
        "events/subscribe",
        "events/unsubscribe",
    }


_words = st.sampled_from(
    [
        *("rpc", "events", "identify", "auth", "auth_token", "auth_ssl", "auth_clear", "query"),
        *("logs", "settings", "subscribe", "unsubscribe", "read_logs", "list_ssl_certs", "x"),
        *("register_ssl_cert", "revoke_ssl_cert", "earliest", "k3x9-41", "", "5"),
    ]
)
_keys = st.sampled_from(
    [
        *("namespace", "name", "id", "args", "action", "classes", "since", "logs", "start_time"),
        *("end_time", "username", "password", "token", "encrypted_string", "pub_key", "nickname"),
    ]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _words | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)
_messages = st.binary(max_size=20) | st.builds(
    lambda namespace, name, args: json.dumps(
        {"namespace": namespace, "name": name, "args": args}
    ).encode(),
    _words,
    _words,
    _json,
)


@given(st.lists(st.tuples(_messages, st.sampled_from(list(WHO.values()))), max_size=5))
def test_whatever_is_said_in_whatever_order_is_done_or_answered(
    said: list[tuple[bytes, Principal | None]],
) -> None:
    session = Session()
    for message, who in said:
        for end in {len(message) // 2, len(message)}:
            decision = session.heard(message[:end], who, "tower")
            if isinstance(decision, Say) and decision.message:
                assert list(json.loads(decision.message)) == ["args", "id", "name", "namespace"]

"""A client's session: signing in, and what comes of its requests."""

from tocsin.model.access import Principal
from tocsin.model.errors import invalid
from tocsin.model.resume import Anchor, Outcome, Verdict
from tocsin.wire import sysadm_session
from tocsin.wire.sysadm import Request
from tocsin.wire.sysadm_calls import Follow, SignInWithToken, Subscribe, Unsubscribe
from tocsin.wire.sysadm_session import CHALLENGE_MS, Do, Say, Session

SUBSCRIBE = Request("events", "subscribe", "7", None)
UNSUBSCRIBE = Request("events", "unsubscribe", "7", None)
AUTH = Request("rpc", "auth_ssl", "7", None)


def test_who_signs_in_is_told_the_token_and_its_lifetime_until_signing_out() -> None:
    session = Session()
    assert session.secret == ""
    assert session.signed_in(AUTH, "t" * 20, 900) == (
        b'{"args":["tttttttttttttttttttt",900],"id":"7","name":"response","namespace":"rpc"}'
    )
    assert session.secret == "t" * 20
    heard = session.heard(b'{"namespace":"rpc","name":"auth_clear"}', None, "tower")
    assert heard == Say(b"")
    assert session.secret == ""


def test_a_challenge_is_good_once_and_for_a_while() -> None:
    session = Session()
    assert session.take_challenge(0) is None
    assert session.challenge(AUTH, "text", 1_000) == (
        b'{"args":{"test_string":"text"},"id":"7","name":"response","namespace":"rpc"}'
    )
    assert session.take_challenge(1_000 + CHALLENGE_MS - 1) == b"text"
    assert session.take_challenge(1_000) is None
    session.challenge(AUTH, "text", 1_000)
    assert session.take_challenge(1_000 + CHALLENGE_MS) is None


def test_the_last_class_is_named() -> None:
    assert sysadm_session.subscribed(SUBSCRIBE, Subscribe(("x", "y"))) == (
        b'{"args":{"subscribe":"y"},"id":"7","name":"response","namespace":"events"}'
    )
    assert sysadm_session.subscribed(UNSUBSCRIBE, Unsubscribe(("x",))) == (
        b'{"args":{"unsubscribe":"x"},"id":"7","name":"response","namespace":"events"}'
    )
    assert sysadm_session.subscribed(SUBSCRIBE, Subscribe(())) == (
        b'{"args":{},"id":"7","name":"response","namespace":"events"}'
    )


def test_who_follows_is_told_from_where() -> None:
    verdict = Verdict(Outcome.GAP, 41, 2, 42)
    assert sysadm_session.followed(SUBSCRIBE, Follow(("x",), Anchor.LATEST), verdict, "k") == (
        b'{"args":{"subscribe":"x","verdict":"gap","position":"k-41","first_available":"k-42",'
        b'"missed":2},"id":"7","name":"response","namespace":"events"}'
    )
    assert sysadm_session.followed(SUBSCRIBE, Follow((), Anchor.LATEST), verdict, "k") == (
        b'{"args":{},"id":"7","name":"response","namespace":"events"}'
    )


def test_a_gap_is_told_in_the_middle_of_following() -> None:
    assert sysadm_session.gap(Verdict(Outcome.GAP, 41, 2, 42), "k") == (
        b'{"args":{"verdict":"gap","position":"k-41","first_available":"k-42","missed":2},'
        b'"id":"","name":"resume","namespace":"tocsin"}'
    )


def test_what_was_not_done_is_said_with_its_code_as_text() -> None:
    assert sysadm_session.refusal(AUTH, invalid("x", "y")) == (
        b'{"args":{"code":"400","message":"Bad Request"},"id":"7","name":"error",'
        b'"namespace":"error"}'
    )


def test_what_needs_nothing_done_is_answered_at_once() -> None:
    session = Session()
    who = Principal("1", "ci", None, 1, frozenset())
    assert session.heard(b'{"namespace":"rpc","name":"identify","id":"7"}', None, "tower") == Say(
        b'{"args":{"type":"server","hostname":"tower"},"id":"7","name":"response",'
        b'"namespace":"rpc"}'
    )
    assert session.heard(b'{"namespace":"rpc","name":"query","id":"7"}', who, "tower") == Say(
        b'{"args":{"rpc/query":"read"},"id":"7","name":"response","namespace":"rpc"}'
    )
    assert session.heard(b"{}", who, "tower") == Say(
        b'{"args":{"code":"400","message":"Bad Request"},"id":"","name":"error",'
        b'"namespace":"error"}'
    )


def test_what_needs_something_done_comes_with_its_request() -> None:
    message = b'{"namespace":"rpc","name":"auth_token","id":"7","args":{"token":"t"}}'
    assert Session().heard(message, None, "tower") == Do(
        Request("rpc", "auth_token", "7", {"token": "t"}), SignInWithToken("t")
    )

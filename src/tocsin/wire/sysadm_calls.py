"""What sysadm's clients may ask for: every request as an action, and who may have it done.

Bad arguments are told before anything else, then that nobody has signed in, then that there is no
such call, then that the right is missing (spec: notices, "Messages").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, TypeGuard, assert_never

from tocsin.model.access import Principal, Scope
from tocsin.model.errors import Code, Refused, invalid, not_found
from tocsin.model.notice import is_class
from tocsin.model.position import Position
from tocsin.model.resume import Anchor, Moment, parse_since
from tocsin.model.watch import WATCHED_LIMIT
from tocsin.wire.sysadm import Request

_LAST_SECOND = 253_402_300_799


class Identify(NamedTuple):
    """Say who we are."""


class SignInWithPassword(NamedTuple):
    """Sign in a user by e-mail and password."""

    email: str
    password: str


class SignInWithToken(NamedTuple):
    """Sign in with an API token, or with what an earlier sign-in gave."""

    token: str


class AskChallenge(NamedTuple):
    """Ask for a text to encrypt."""


class SignInWithKey(NamedTuple):
    """Sign in by that text, encrypted with a private key and in base64."""

    encrypted: str


class SignOut(NamedTuple):
    """Need to sign in again."""


class Query(NamedTuple):
    """Ask what may be asked."""


class Subscribe(NamedTuple):
    """Watch these classes."""

    classes: tuple[str, ...]


class Follow(NamedTuple):
    """Watch these classes from a place in the log on, each notice with its position."""

    classes: tuple[str, ...]
    since: Position | Anchor | Moment


class Unsubscribe(NamedTuple):
    """Watch these classes no longer."""

    classes: tuple[str, ...]


class ReadLogs(NamedTuple):
    """Ask for past notices of these classes, between two moments (Unix seconds, both included);
    without a start the last 12 hours before the end, without an end until now."""

    classes: tuple[str, ...]
    start: int | None
    end: int | None


class RegisterKey(NamedTuple):
    """Let the user sign in by a key; `key` is base64 of PEM."""

    key: str
    nickname: str
    email: str


class ListKeys(NamedTuple):
    """Ask for the user's keys."""


class RevokeKey(NamedTuple):
    """Let nobody sign in by a key any more."""

    key: str


SignInAction = SignInWithPassword | SignInWithToken | SignInWithKey
WatchAction = Subscribe | Follow | Unsubscribe
KeyAction = RegisterKey | ListKeys | RevokeKey

# What takes more than the session to do.
Task = SignInAction | AskChallenge | WatchAction | ReadLogs | KeyAction
Action = Identify | SignOut | Query | Task


class _Needs(Enum):
    NOBODY = auto()
    ANYBODY = auto()
    READER = auto()
    USER = auto()


@dataclass(frozen=True)
class _Call:
    """How the arguments are read, who may call, and what that is called in `rpc/query`."""

    read: Callable[[object], Action]
    needs: _Needs
    access: str = "read"


def decide(request: Request, who: Principal | None) -> Action:
    """What is to be done for a client who is signed in as `who`.

    Raises Refused: invalid, unauthorized, not_found or forbidden, the first that holds.
    """
    if not request.namespace or not request.name:
        raise invalid("name", "has to be given, and a namespace")
    call = _CALLS.get(request.call)
    action = call.read(request.args) if call else None
    if who is None and (call is None or call.needs is not _Needs.NOBODY):
        raise Refused(Code.UNAUTHORIZED, "Nobody has signed in.")
    if call is None or action is None:
        raise not_found("call")
    if not _may(call, who):
        raise Refused(Code.FORBIDDEN, "This needs another right.")
    return action


def allowed(who: Principal | None) -> dict[str, str]:
    """What `who` may call once signed in, with how far that goes."""
    return {
        name: call.access
        for name, call in _CALLS.items()
        if call.needs is not _Needs.NOBODY and _may(call, who)
    }


def _may(call: _Call, who: Principal | None) -> bool:
    match call.needs:
        case _Needs.NOBODY:
            return True
        case _Needs.ANYBODY:
            return who is not None
        case _Needs.READER:
            return who is not None and who.may(Scope.READ)
        case _Needs.USER:
            return who is not None and who.user_id is not None
        case _:
            assert_never(call.needs)


def _password(args: object) -> Action:
    return SignInWithPassword(_member(args, "username"), _member(args, "password"))


def _token(args: object) -> Action:
    return SignInWithToken(_member(args, "token"))


def _key(args: object) -> Action:
    if args == "":
        return AskChallenge()
    return SignInWithKey(_member(args, "encrypted_string"))


def _subscribe(args: object) -> Action:
    if isinstance(args, dict):
        since = _member(args, "since", Anchor.LATEST)
        return Follow(_classes(args.get("classes")), parse_since(since))
    return Subscribe(_classes(args))


def _unsubscribe(args: object) -> Action:
    return Unsubscribe(_classes(args))


def _logs(args: object) -> Action:
    if _member(args, "action") != "read_logs" or not isinstance(args, dict):
        raise invalid("action", "must be read_logs")
    start, end = (_seconds(args, key) for key in ("start_time", "end_time"))
    return ReadLogs(_classes(args.get("logs")), start, end)


def _settings(args: object) -> Action:
    match _member(args, "action"):
        case "register_ssl_cert":
            key, nickname, email = (
                _member(args, "pub_key"),
                _member(args, "nickname", ""),
                _member(args, "email", ""),
            )
            return RegisterKey(key, nickname, email)
        case "list_ssl_certs":
            return ListKeys()
        case "revoke_ssl_cert":
            return RevokeKey(_member(args, "pub_key"))
        case _:
            raise invalid("action", "must be register_ssl_cert, list_ssl_certs or revoke_ssl_cert")


def _member(args: object, name: str, default: str | None = None) -> str:
    value = args.get(name, default) if isinstance(args, dict) else None
    if not isinstance(value, str):
        raise invalid(f"args.{name}", "must be text")
    return value


def _classes(value: object) -> tuple[str, ...]:
    """The classes that were named, in order, each where it was named last; what can be none is
    passed over."""
    named = [value] if isinstance(value, str) else value
    if not isinstance(named, list) or not named:
        raise invalid("args", "must be a class, or an array of classes")
    backwards = dict.fromkeys(name for name in reversed(named) if _can_be_class(name))
    if len(backwards) > WATCHED_LIMIT:
        raise invalid("args", f"must be at most {WATCHED_LIMIT} classes")
    return tuple(reversed(backwards))


def _can_be_class(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and is_class(name)


def _seconds(args: Mapping[str, object], name: str) -> int | None:
    """A time as clients write it: a number, or one as text."""
    value = args.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND:
        return value
    raise invalid(f"args.{name}", "must be Unix seconds")


_CALLS: Mapping[str, _Call] = {
    "rpc/identify": _Call(lambda _: Identify(), _Needs.NOBODY),
    "rpc/auth": _Call(_password, _Needs.NOBODY),
    "rpc/auth_token": _Call(_token, _Needs.NOBODY),
    "rpc/auth_ssl": _Call(_key, _Needs.NOBODY),
    "rpc/auth_clear": _Call(lambda _: SignOut(), _Needs.NOBODY),
    "rpc/query": _Call(lambda _: Query(), _Needs.ANYBODY),
    "rpc/logs": _Call(_logs, _Needs.READER),
    "rpc/settings": _Call(_settings, _Needs.USER, "read/write"),
    "events/subscribe": _Call(_subscribe, _Needs.READER),
    "events/unsubscribe": _Call(_unsubscribe, _Needs.READER),
}

"""One client's session, without the connection: its messages in, what to do or to say out."""

from typing import NamedTuple

import msgspec

from tocsin.model.access import Principal
from tocsin.model.errors import Refused
from tocsin.model.position import Position
from tocsin.model.resume import Verdict
from tocsin.wire import sysadm, sysadm_calls
from tocsin.wire.sysadm import Request
from tocsin.wire.sysadm_calls import (
    Follow,
    Identify,
    Query,
    SignOut,
    Subscribe,
    Task,
    Unsubscribe,
)

# How long the text of a challenge is good for, in milliseconds, and how many characters it has.
CHALLENGE_MS = 30_000
CHALLENGE_SIZE = 200

_encode = msgspec.json.encode


class Say(NamedTuple):
    """Nothing is to be done but to say `message`, or nothing when that is empty."""

    message: bytes


class Do(NamedTuple):
    """`task` is to be done, and the `request` to be answered with what came of it."""

    request: Request
    task: Task


class Session:
    """`secret` is what the client signed in with last, empty before that; who hands in messages
    looks up whom it stands for, since it may have expired or been deleted."""

    __slots__ = ("_challenge", "secret")

    def __init__(self) -> None:
        self.secret = ""
        self._challenge: tuple[bytes, int] | None = None

    def heard(self, message: bytes, who: Principal | None, hostname: str) -> Say | Do:
        """What to do about a message of a client for whom `secret` stands for `who`."""
        request = sysadm.read(message)
        try:
            action = sysadm_calls.decide(request, who)
        except Refused as refused:
            return Say(refusal(request, refused))
        match action:
            case Identify():
                return Say(_answer(request, {"type": "server", "hostname": hostname}))
            case Query():
                return Say(_answer(request, sysadm_calls.allowed(who)))
            case SignOut():
                self.secret = ""
                return Say(b"")
            case _:
                return Do(request, action)

    def challenge(self, request: Request, text: str, now_ms: int) -> bytes:
        """Say what is to be encrypted, within CHALLENGE_MS. `text` comes from chance."""
        self._challenge = text.encode(), now_ms + CHALLENGE_MS
        return _answer(request, {"test_string": text})

    def take_challenge(self, now_ms: int) -> bytes | None:
        """What was to be encrypted, once; None when nothing was, or too long ago."""
        challenge, self._challenge = self._challenge, None
        return challenge[0] if challenge and now_ms < challenge[1] else None

    def signed_in(self, request: Request, secret: str, lifetime_s: int) -> bytes:
        """The client goes on with `secret`, which is good for so long after each use."""
        self.secret = secret
        return _answer(request, [secret, lifetime_s])


def subscribed(request: Request, action: Subscribe | Unsubscribe) -> bytes:
    """Classes are watched now, or no longer. The last one is named."""
    return _answer(request, _last(request, action.classes))


def followed(request: Request, action: Follow, verdict: Verdict, epoch: str) -> bytes:
    """Classes are followed now, from there on, as the event API says it."""
    if not action.classes:
        return sysadm.reply(request)
    return _answer(request, {**_last(request, action.classes), **_resume(verdict, epoch)})


def gap(verdict: Verdict, epoch: str) -> bytes:
    """In the middle of following: what retention has removed before it could be read."""
    request = Request("tocsin", "resume", "", None)
    return _answer(request, _resume(verdict, epoch))


def refusal(request: Request, refused: Refused) -> bytes:
    """A request was not done, and why."""
    return sysadm.error(request, sysadm.status_of(refused))


def _last(request: Request, classes: tuple[str, ...]) -> dict[str, str]:
    return {request.name: classes[-1]} if classes else {}


def _resume(verdict: Verdict, epoch: str) -> dict[str, object]:
    return {
        "verdict": verdict.outcome,
        "position": str(Position(epoch, verdict.after)),
        "first_available": str(Position(epoch, verdict.first_available)),
        "missed": verdict.missed,
    }


def _answer(request: Request, args: object) -> bytes:
    return sysadm.reply(request, _encode(args))

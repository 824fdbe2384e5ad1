"""What a call of the client library raises: the server said no, or it could not be asked."""

import msgspec

# Refusals that pass by themselves: too many connections, shutting down, a proxy without its server.
PASSING = frozenset({408, 429, 500, 502, 503, 504})


class ServerRefused(Exception):  # noqa: N818 - an answer of the server
    """The server said no. Repeating the call unchanged will not help, unless `passes`.

    `code` is the problem's stable name (`invalid`, `unauthorized`, ...), empty when the answer was
    not a problem document and so probably not Tocsin's. Nor is one that makes no sense, even with a
    `status` below 400.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code

    @property
    def passes(self) -> bool:
        """Whether the same call may be answered otherwise after a while."""
        return self.status in PASSING


class ConnectionFailed(Exception):  # noqa: N818 - the network's doing
    """The server could not be reached, or the connection ended before the answer."""


class _Problem(msgspec.Struct):
    code: str = ""
    title: str = ""
    detail: str = ""


_decode = msgspec.json.Decoder(_Problem).decode


# How much of a refusal in plain text is passed on, in characters.
_LONGEST = 200


def refusal(status: int, media_type: str, body: bytes) -> ServerRefused:
    """What an answer of 400 and above says: as a problem (RFC 9457, with the API's stable `code`),
    or as text, which the stream of an operation answers with."""
    if media_type == "text/plain":
        told = body.decode(errors="replace").strip()[:_LONGEST]
        return ServerRefused(status, "", f"The server answered {status}: {told}")
    try:
        problem = _decode(body)
    except msgspec.MsgspecError:
        problem = _Problem()
    said = problem.detail or problem.title or f"The server answered {status}."
    return ServerRefused(status, problem.code, said)


def senseless(status: int) -> ServerRefused:
    """An answer that is none of Tocsin's: a sign-in page of a proxy, say."""
    return ServerRefused(status, "", f"The server answered {status}, but not as a Tocsin does.")

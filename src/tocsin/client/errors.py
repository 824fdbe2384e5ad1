"""What a call of the client library raises: the server said no, or it could not be asked."""

import msgspec

# Refusals that pass by themselves: too many connections, shutting down, a proxy without its server.
PASSING = frozenset({408, 429, 500, 502, 503, 504})


class ServerRefused(Exception):  # noqa: N818 - an answer of the server
    """The server said no. Repeating the call unchanged will not help, unless `passes`.

    `code` is the problem's stable name (`invalid`, `unauthorized`, ...), empty when the answer was
    not a problem document and so probably not Tocsin's.
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


def refusal(status: int, body: bytes) -> ServerRefused:
    """What an answer of 400 and above says (RFC 9457, with the API's stable `code`)."""
    try:
        problem = _decode(body)
    except msgspec.MsgspecError:
        problem = _Problem()
    said = problem.detail or problem.title or f"The server answered {status}."
    return ServerRefused(status, problem.code, said)

"""Routes in front of FastAPI, whose middlewares cost more than what hot routes do."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tocsin.http import problems


def plain(respond: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """`respond` as an ASGI application; whatever it raises is answered as a problem."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await respond(Request(scope, receive))
        except Exception as failure:
            response = problems.answer(failure)
        await response(scope, receive, send)

    return answer

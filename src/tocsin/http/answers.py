"""Counting answers by status, around the whole application, streams included."""

from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class CountedAnswers:
    """ASGI: passes everything on, and adds each answer's status to `counts`."""

    def __init__(self, app: ASGIApp, counts: Counter[int]) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts[message["status"]] += 1
            await send(message)

        await self._app(scope, receive, counting)

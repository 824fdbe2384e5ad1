"""How much of a request body is taken in."""

from starlette.requests import ClientDisconnect, Request

from tocsin.model.errors import Code, Refused

MAX_BODY = 1024 * 1024


async def read_body(request: Request) -> bytes:
    """The whole body, at most 1 MiB of it.

    Raises Refused (too_large) as soon as that is known: from the Content-Length, or while reading
    when a chunked body says none; ClientDisconnect when the client goes away before its end.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            raise _too_large()
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large() -> Refused:
    return Refused(Code.TOO_LARGE, "A request body may have at most 1 MiB (1,048,576 bytes).")

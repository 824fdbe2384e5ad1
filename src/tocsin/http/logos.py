"""/api/v1/pages/{slug}/logo, and /logo/{digest} where browsers ask for it."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tocsin.app import pages
from tocsin.http.auth import Caller
from tocsin.http.body import Body
from tocsin.http.changes import change, removed
from tocsin.http.conditions import IfMatch
from tocsin.http.pages import PageOut, answer, seen
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import Code
from tocsin.model.page import LogoType
from tocsin.store import logos
from tocsin.wire import logo

routes = Routes("pages")
pictures = APIRouter()

_DIGEST = re.compile("[0-9a-f]{32}")

# Some more than the picture's own limit takes, so that what is beyond it is told as such.
_ENCODED_LIMIT = 2 * logo.SIZE_LIMIT

# The address names the content, so a browser may keep it for good. An SVG that is opened by itself
# is a document: it may do nothing, whatever its cleaning has overlooked.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
}


class LogoIn(Body):
    """A picture for the page's name: at most 200 KiB, `data` in base64."""

    type: Annotated[LogoType, Field(strict=False)]
    data: Annotated[str, Field(max_length=_ENCODED_LIMIT)]


@routes.put(
    "/pages/{slug}/logo",
    Scope.PAGES_WRITE,
    answers=PageOut,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def put_logo(
    request: Request, slug: str, given: LogoIn, caller: Caller, if_match: IfMatch
) -> Response:
    """Show a picture for the page's name. It is cleaned: an SVG has no scripts, links and
    references to elsewhere, a PNG nothing but the picture."""
    picture = await asyncio.to_thread(logo.decode, given.type, given.data)
    return await change(
        request,
        lambda tx: pages.set_logo(tx, seen(tx, slug, if_match), picture),
        lambda page: answer(page, caller),
    )


@routes.delete("/pages/{slug}/logo", Scope.PAGES_WRITE, refuses=(Code.PRECONDITION_FAILED,))
async def delete_logo(request: Request, slug: str, if_match: IfMatch) -> Response:
    """Show the page's name in words again."""
    return await change(
        request, lambda tx: pages.remove_logo(tx, seen(tx, slug, if_match)), removed
    )


@pictures.get("/logo/{digest}", include_in_schema=False)
async def logo_of_digest(request: Request, digest: str) -> Response:
    """A logo that a page shows. Who knows its digest may see it, since a page that is private has
    told it to no one else."""
    found = None
    if _DIGEST.fullmatch(digest):
        found = await services_of(request).store.read(lambda conn: logos.find(conn, digest))
    if found is None:
        raise HTTPException(404)
    return Response(found.data, headers=_HEADERS, media_type=found.logo.type)

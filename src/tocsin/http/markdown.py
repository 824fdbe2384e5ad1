"""/api/v1/markdown: what a text will look like, before it is said."""

import asyncio
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from tocsin.http.body import Body
from tocsin.http.route import Routes
from tocsin.model.issue import BODY_LIMIT
from tocsin.wire import markdown

routes = Routes("markdown")


class MarkdownIn(Body):
    """A text in Markdown, as issues, updates and pages take it."""

    text: Annotated[str, Field(max_length=BODY_LIMIT)]


class Rendered(BaseModel):
    """The HTML that will be shown."""

    html: str


@routes.ask("/markdown", answers=Rendered)
async def render_markdown(request: Request, given: MarkdownIn) -> Rendered:
    """The HTML of a text, exactly as it would be shown. Nothing is kept."""
    return Rendered(html=await asyncio.to_thread(markdown.html, given.text))

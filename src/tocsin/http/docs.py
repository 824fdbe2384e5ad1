"""/docs: the OpenAPI document as one page to read, which loads nothing from anywhere."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_SOURCE = Path(__file__).with_name("docs.html")
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


async def page(request: Request) -> Response:
    """The page."""
    app: FastAPI = request.app
    template = Environment(autoescape=True).from_string(_SOURCE.read_text())
    document = app.openapi()
    return HTMLResponse(
        template.render(document=document, operations=_operations(document)), headers=_HEADERS
    )


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation with its method and path, in the order of the document."""
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]

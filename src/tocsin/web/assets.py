"""The static files, held in memory. Each has an address with its content's digest in it, so that a
browser keeps it for good and a new release is never shown with an old style."""

import gzip
import re
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files

from tocsin.model.colour import in_the_dark

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file. `packed` is its gzip form."""

    path: str
    media_type: str
    body: bytes
    packed: bytes


def _load() -> dict[str, Asset]:
    folder = files("tocsin.web") / "static"
    return {file.name: _asset(file.name, file.read_bytes()) for file in folder.iterdir()}


def _asset(name: str, body: bytes) -> Asset:
    digest = blake2b(body, digest_size=6).hexdigest()
    return Asset(
        path=f"/static/{digest}/{name}",
        media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
        body=body,
        packed=gzip.compress(body, mtime=0),
    )


ASSETS = _load()

_ACCENT = re.compile("/static/accent-([0-9a-f]{6}).css")


def _accent(path: str, colour: str) -> Asset:
    style = f":root {{ --accent: light-dark({colour}, {in_the_dark(colour)}); }}\n".encode()
    return Asset(path, _MEDIA_TYPES["css"], style, gzip.compress(style, mtime=0))


def address(name: str) -> str:
    """The path at which this release's file `name` is served; KeyError when there is none."""
    return ASSETS[name].path


def accent_address(colour: str) -> str:
    """The path of the style that makes `colour` (`#rrggbb`) a page's accent. It is all there is to
    that style, so that the page may forbid every style that is not a file."""
    return f"/static/accent-{colour.removeprefix('#')}.css"


def find(path: str) -> Asset | None:
    """The file at `path`, also under an older release's digest: a page that was open during an
    upgrade gets the new file rather than none."""
    if accent := _ACCENT.fullmatch(path):
        return _accent(path, f"#{accent[1]}")
    parts = path.split("/")
    return ASSETS.get(parts[3]) if len(parts) == 4 and parts[1] == "static" else None

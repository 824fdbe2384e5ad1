"""HTML as it is sent."""

import gzip
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered page. `packed` is its gzip form; `etag` changes with what a reader would miss."""

    etag: str
    body: bytes
    packed: bytes


def document(html: str, name: str | None = None) -> Document:
    """The document of that HTML; `name` stands for all that counts in it, without one it is all."""
    body = html.encode()
    return Document(
        etag=f'W/"{name or blake2b(body, digest_size=12).hexdigest()}"',
        body=body,
        packed=gzip.compress(body, compresslevel=6, mtime=0),
    )

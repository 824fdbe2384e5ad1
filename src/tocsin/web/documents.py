"""Documents as they are sent."""

import gzip
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Document:
    """A page, in HTML or another format. `packed` is its gzip form; `etag` changes with what a
    reader would miss."""

    etag: str
    body: bytes
    packed: bytes


def document(content: str | bytes, name: str | None = None) -> Document:
    """The document of that content; `name` stands for what counts in it, if not all does."""
    body = content.encode() if isinstance(content, str) else content
    return Document(
        etag=f'W/"{name or blake2b(body, digest_size=12).hexdigest()}"',
        body=body,
        packed=gzip.compress(body, compresslevel=6, mtime=0),
    )

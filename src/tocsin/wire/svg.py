"""SVG, made fit to be shown to people who do not know who drew it."""

from xml.parsers import expat

from py_svg_hush import filter_svg

DEPTH_LIMIT = 64

# A picture may hold such pictures itself; all other references are taken out of it.
_EMBEDDED = {"image": ["png", "jpeg"]}


def clean(data: bytes) -> bytes:
    """The same picture without scripts, event handlers, links and references to elsewhere.

    Raises ValueError, whose text says what is wrong, for what is not one whole SVG.
    """
    _check_depth(data)
    try:
        return filter_svg(data, _EMBEDDED)
    except ValueError as error:
        raise ValueError(f"is not an SVG that can be read: {error}") from error


def _check_depth(data: bytes) -> None:
    """The filter indents what it keeps: 200 KB of nested groups become gigabytes of spaces."""
    depth = 0

    def enter(name: str, attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_LIMIT:
            raise ValueError(f"has elements nested more than {DEPTH_LIMIT} deep")

    def leave(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"is not an SVG that can be read: {error}") from error

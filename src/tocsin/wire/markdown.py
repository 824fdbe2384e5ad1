"""Markdown as people write it into issues, as HTML that is safe to show."""

from collections.abc import Callable
from functools import cache


def html(text: str) -> str:
    """Markdown (CommonMark with tables and strikethrough) to clean HTML: no script, style, image,
    form or foreign attribute gets through, written as Markdown or as HTML.
    """
    render, clean = _tools()
    return clean(render(text))


# Made at the first text: a server that starts need not wait for it.
@cache
def _tools() -> tuple[Callable[[str], str], Callable[[str], str]]:
    from markdown_it import MarkdownIt
    from nh3 import Cleaner

    # An image would make every visitor's browser ask a third party: it is shown as a link instead.
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("image")
    cleaner = Cleaner(
        tags={
            *("a", "b", "blockquote", "br", "code", "del", "em", "i", "ins", "kbd"),
            *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
            *("s", "strong", "sub", "sup"),
            *("table", "tbody", "td", "th", "thead", "tr", "ul"),
        },
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return parser.render, cleaner.clean

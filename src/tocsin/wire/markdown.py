"""Markdown as people write it into issues, as HTML that is safe to show."""

import nh3
from markdown_it import MarkdownIt

# An image would make every visitor's browser ask a third party: it is shown as a link instead.
_parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("image")

_cleaner = nh3.Cleaner(
    tags={
        *("a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "s", "strong", "sub", "sup"),
        *("table", "tbody", "td", "th", "thead", "tr", "ul"),
    },
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)


def html(text: str) -> str:
    """Markdown (CommonMark with tables and strikethrough) to clean HTML: no script, style, image,
    form or foreign attribute gets through, written as Markdown or as HTML.
    """
    return _cleaner.clean(_parser.render(text))

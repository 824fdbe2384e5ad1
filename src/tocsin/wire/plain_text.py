"""Text as XML and iCalendar allow it."""

import re

# What no XML document may hold, not even escaped (section 2.2), nor an iCalendar text (RFC 5545,
# section 3.3.11); JSON, in which issues are written, may.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")


def plain(text: str) -> str:
    """The text with U+FFFD for each character that is forbidden, and lines that end in U+000A."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", _LINE_END.sub("\n", text))

"""What programs write to a terminal, as plain lines; and plain lines that a terminal may be shown.

Escape sequences: ECMA-48, sections 5.3 to 5.6.
"""

import codecs
import re

# A line that goes on is cut here, in characters: some programs write megabytes without an end.
LONGEST = 8_000

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # control sequences: colours, moves of the cursor
    r"|\x1b[PX\]^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # strings: titles, links
    r"|\x1b[ -/]*[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """The text without what would make a terminal do anything; tabs and line feeds stay."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


class Lines:
    """The output of a program, in pieces of any size, to lines. Bytes in, lines out; never fails.

    A line is as a terminal leaves it: what a carriage return has it write over is gone.
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def feed(self, piece: bytes) -> list[str]:
        """The lines that `piece` completes, in order."""
        *lines, self._rest = (self._rest + self._decode(piece)).split("\n")
        while len(self._rest) > LONGEST:
            lines.append(self._rest[:LONGEST])
            self._rest = self._rest[LONGEST:]
        return [part for line in lines for part in _parts(line)]

    def end(self) -> list[str]:
        """What was left without an end."""
        rest, self._rest = self._rest + self._decode(b"", final=True), ""
        return _parts(rest) if rest else []


def _parts(line: str) -> list[str]:
    shown = plain(line.rstrip("\r").rpartition("\r")[2])
    return [shown[at : at + LONGEST] for at in range(0, len(shown), LONGEST)] or [""]

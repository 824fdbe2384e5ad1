"""What the program asks for the time; the shell passes a real one in, tests a held one."""

from typing import Protocol


class Clock(Protocol):
    """A source of wall-clock time."""

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        ...

"""The fields of a thing that somebody may leave unsaid."""

from typing import Any

from msgspec import UNSET


def without_unset(changes: object) -> dict[str, Any]:
    """The fields of a dataclass instance that are not UNSET, by name, in its order."""
    return {name: value for name, value in vars(changes).items() if value is not UNSET}

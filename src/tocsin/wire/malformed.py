"""What comes from a message bus and cannot be read."""

from enum import StrEnum

# The longest frame that is taken from a bus, in bytes (spec: operations, "From the bus").
FRAME_LIMIT = 60_000


class Reason(StrEnum):
    """Why a frame cannot be read."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"


class Malformed(Exception):  # noqa: N818 - the sender's mistake, not a failure of ours
    """A frame that cannot be read, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

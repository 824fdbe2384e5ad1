"""The first frame of an event stream, and the one that tells of a gap: from where it goes on."""

from functools import lru_cache

import msgspec

from tocsin.model.position import Position
from tocsin.model.resume import Verdict
from tocsin.wire import sse

EVENT = "tocsin.resume"


# Readers who come in thousands get the same verdict.
@lru_cache(maxsize=64)
def frame(verdict: Verdict, epoch: str) -> bytes:
    """The verdict as a frame; its `id` is the position after which events follow."""
    position = str(Position(epoch, verdict.after))
    said = {
        "verdict": verdict.outcome,
        "position": position,
        "first_available": str(Position(epoch, verdict.first_available)),
        "missed": verdict.missed,
    }
    return sse.frame(msgspec.json.encode(said), event=EVENT, id=position)

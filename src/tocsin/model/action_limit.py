"""How many custom actions a channel can have: more buttons than that nobody looks through."""

from collections import Counter
from collections.abc import Collection
from typing import Final

from tocsin.model.endpoint import Endpoint
from tocsin.model.errors import invalid

ACTIONS_LIMIT: Final = 5


def check(action: Endpoint, others: Collection[Endpoint]) -> None:
    """Refuse (`invalid`) an action beside so many `others` in one of its channels. One that names
    no channel is in each."""
    everywhere = sum(not one.channels for one in others)
    named = Counter(channel_id for one in others for channel_id in one.channels)
    fullest = max((named[one] for one in action.channels or named), default=0)
    if everywhere + fullest >= ACTIONS_LIMIT:
        raise invalid("channels", f"a channel can have at most {ACTIONS_LIMIT} custom actions")

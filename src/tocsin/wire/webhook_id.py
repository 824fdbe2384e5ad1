"""What an event is called in the requests that tell of it, the same on every try."""

from functools import lru_cache
from hashlib import sha256

from tocsin.model.endpoint import Profile
from tocsin.model.position import Position


# Every endpoint is told of the same event, one after the other.
@lru_cache(maxsize=16)
def webhook_id(profile: Profile, epoch: str, sequence: int) -> str:
    """The `webhook-id` of Standard Webhooks, which is the event's `id` or `event_id` in the body.

    For CloudEvents it is the position of the event; FlashDuty's are 32 hex digits
    (seeds/flashduty-incident-webhook.txt, section 2), so that its is made of that.
    """
    position = str(Position(epoch, sequence))
    if profile is Profile.CLOUDEVENTS:
        return position
    return sha256(position.encode()).hexdigest()[:32]

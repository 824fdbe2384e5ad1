"""What becomes of a delivery after an attempt: is it there, is it tried again, is it given up
(spec: webhooks, "Delivery")."""

from http import HTTPStatus
from typing import Final, NamedTuple

from tocsin.model import trying
from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.exchange import Exchange
from tocsin.model.trying import WEBHOOK, Result, Schedule, Tried

# By default FlashDuty's profile uses the first wait alone; its owner may ask for the others. Who
# asks for more than there are gets the last one again.
SCHEDULES: Final[dict[Profile, Schedule]] = {
    Profile.FLASHDUTY: (1, *WEBHOOK),
    Profile.CLOUDEVENTS: WEBHOOK,
}


class Verdict(NamedTuple):
    """What follows from an attempt: `state` is delivered, failed, or pending when it is to be made
    again `wait_ms` after it was over. `reason` says in a word or two why it did not arrive; `gone`:
    the receiver wants no more of anything."""

    state: State
    wait_ms: int = 0
    reason: str | None = None
    gone: bool = False


def follows(endpoint: Endpoint, tries: int, exchange: Exchange, chance: float) -> Verdict:
    """What follows from the last of so many attempts. `chance` is a random number from 0 to 1."""
    tried = _tried(endpoint.profile, exchange)
    if tried.result is Result.DELIVERED:
        return Verdict(State.DELIVERED)
    if tried.result is not Result.FAILED:
        gone = tried.result is Result.UNWANTED
        return Verdict(State.FAILED, reason=tried.reason, gone=gone)
    wait_s = trying.wait_s(tried, tries, _schedule(endpoint), chance)
    if wait_s is None:
        return Verdict(State.FAILED, reason=tried.reason)
    return Verdict(State.PENDING, round(wait_s * 1_000), tried.reason)


def arrived(profile: Profile, exchange: Exchange) -> bool:
    """Whether the receiver has taken what it was sent, as far as its answer says."""
    return _tried(profile, exchange).result is Result.DELIVERED


def _schedule(endpoint: Endpoint) -> Schedule:
    waits, retries = SCHEDULES[endpoint.profile], endpoint.max_attempts - 1
    return (waits + waits[-1:] * (retries - len(waits)))[:retries]


def _tried(profile: Profile, exchange: Exchange) -> Tried:
    """What it came to. An answer that broke off is none: to repeat what arrived does less harm than
    to lose what did not. FlashDuty's receivers answer 200 (seeds/flashduty-incident-webhook.txt).
    """
    response = exchange.response
    if exchange.fault is not None or response is None:
        return Tried(Result.FAILED, str(exchange.fault))
    tried = trying.answered(response, exchange.ended_ms // 1_000)
    strict = profile is Profile.FLASHDUTY and response.status != HTTPStatus.OK
    if strict and tried.result is Result.DELIVERED:
        return Tried(Result.REFUSED, f"answered {response.status}")
    return tried

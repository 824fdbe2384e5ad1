"""What becomes of a delivery after an attempt: is it there, is it tried again, is it given up
(spec: webhooks, "Delivery")."""

from http import HTTPStatus
from typing import Final, NamedTuple

from tocsin.model import attempt as attempts
from tocsin.model.attempt import WEBHOOK, Attempt, Result, Schedule
from tocsin.model.delivery import State
from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.exchange import Exchange

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
    attempt = _attempt(endpoint.profile, exchange)
    if attempt.result is Result.DELIVERED:
        return Verdict(State.DELIVERED)
    if attempt.result is not Result.FAILED:
        gone = attempt.result is Result.UNWANTED
        return Verdict(State.FAILED, reason=attempt.reason, gone=gone)
    wait_s = attempts.wait_s(attempt, tries, _schedule(endpoint), chance)
    if wait_s is None:
        return Verdict(State.FAILED, reason=attempt.reason)
    return Verdict(State.PENDING, round(wait_s * 1_000), attempt.reason)


def _schedule(endpoint: Endpoint) -> Schedule:
    waits, retries = SCHEDULES[endpoint.profile], endpoint.max_attempts - 1
    return (waits + waits[-1:] * (retries - len(waits)))[:retries]


def _attempt(profile: Profile, exchange: Exchange) -> Attempt:
    """What it came to. An answer that broke off is none: to repeat what arrived does less harm than
    to lose what did not. FlashDuty's receivers answer 200 (seeds/flashduty-incident-webhook.txt).
    """
    response = exchange.response
    if exchange.fault is not None or response is None:
        return Attempt(Result.FAILED, str(exchange.fault))
    attempt = attempts.answered(response, exchange.ended_ms // 1_000)
    strict = profile is Profile.FLASHDUTY and response.status != HTTPStatus.OK
    if strict and attempt.result is Result.DELIVERED:
        return Attempt(Result.REFUSED, f"answered {response.status}")
    return attempt

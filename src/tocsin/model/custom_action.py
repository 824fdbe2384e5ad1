"""Custom actions: buttons on the incidents of channels. Each is an endpoint that is called when
somebody presses it (spec: webhooks, "Endpoint")."""

from collections.abc import Iterable
from typing import Final

from tocsin.model.endpoint import Endpoint, Profile
from tocsin.model.errors import Code, Refused, invalid
from tocsin.model.exchange import Exchange
from tocsin.model.retrying import arrived

# How many alerts a receiver is told of, the newest ones; `alert_cnt` says how many there are.
ALERTS_LIMIT: Final = 100


def pressed(buttons: Iterable[Endpoint], endpoint_id: str) -> Endpoint:
    """The one of an incident's buttons that somebody presses. Refused: invalid when there is no
    such button, endpoint_disabled when it may not be pressed."""
    for button in buttons:
        if button.id == endpoint_id:
            return _enabled(button)
    raise invalid("endpoint_id", "is no custom action of this incident")


def succeeded(exchange: Exchange) -> bool:
    """Whether the receiver did as it was asked, by the rules of the profile that actions have."""
    return arrived(Profile.FLASHDUTY, exchange)


def _enabled(button: Endpoint) -> Endpoint:
    if not button.enabled:
        raise Refused(Code.ENDPOINT_DISABLED, f"{button.name} is disabled.")
    return button

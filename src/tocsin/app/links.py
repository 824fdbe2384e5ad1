"""Where letters and webhooks lead: addresses below that of the page."""

from tocsin.model.page import Page
from tocsin.model.subscriber import OptIn, Subscriber
from tocsin.wire.letter import Links


def of_subscriber(page: Page, public_url: str, subscriber: Subscriber) -> Links:
    """The links of somebody's subscription to the page."""
    at = page.address(public_url)
    manage = f"{at}/subscription/{subscriber.token}"
    return Links(at, manage, f"{manage}/stop")


def of_opt_in(page: Page, public_url: str, opt_in: OptIn) -> str:
    """Where an opt-in is confirmed."""
    return f"{page.address(public_url)}/subscribe/{opt_in.token}"

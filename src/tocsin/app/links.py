"""Where letters, webhooks and tellings lead: addresses below that of the page, or the server's."""

from tocsin.model.page import Page
from tocsin.model.subscriber import OptIn, Subscriber
from tocsin.wire import flashduty
from tocsin.wire.letter import Links


def of_subscriber(page: Page, public_url: str, subscriber: Subscriber) -> Links:
    """The links of somebody's subscription to the page."""
    at = page.address(public_url)
    manage = f"{at}/subscription/{subscriber.token}"
    return Links(at, manage, f"{manage}/stop")


def of_opt_in(page: Page, public_url: str, opt_in: OptIn) -> str:
    """Where an opt-in is confirmed."""
    return f"{page.address(public_url)}/subscribe/{opt_in.token}"


def of_endpoint(public_url: str, endpoint_id: str) -> str:
    """Where an endpoint is shown to those who run it."""
    return f"{public_url}/console/webhooks/{endpoint_id}"


def of_topic(public_url: str, topic: str) -> str:
    """Where that is shown which somebody is told of: an incident, or an endpoint."""
    root, _, about = topic.partition("/")
    if root == "endpoint":
        return of_endpoint(public_url, about)
    return flashduty.detail_url(public_url, about)

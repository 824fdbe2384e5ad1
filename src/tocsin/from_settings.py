"""Parts of the service that are what the settings say."""

import asyncio
from random import Random

from tocsin.app.clock import AlarmClock
from tocsin.app.smtp import MailServer, Security, Smtp
from tocsin.app.throttle import Throttle
from tocsin.config import Mail, Push, SignIn, Subscribers
from tocsin.model.sign_in import Limit
from tocsin.push.hub import Hub, Rhythm
from tocsin.push.limits import Limits


def hub(push: Push, position: int) -> Hub:
    """The hub of the running loop, whose feeds have everything up to `position`."""
    return Hub(
        asyncio.get_running_loop(),
        Random(),
        position=position,
        limits=Limits(push.max_connections, push.max_connections_per_address),
        rhythm=Rhythm(push.heartbeat_s, push.retry_min_ms, push.retry_max_ms),
    )


def sign_in_limit(asked: SignIn) -> Limit:
    """How many sign-ins may fail."""
    return Limit(asked.max_failures, asked.block_s, asked.forget_s)


def throttle(asked: Subscribers, clock: AlarmClock) -> Throttle:
    """How often strangers may ask."""
    return Throttle(clock, each=asked.requests_per_address, together=asked.requests_per_hour)


def smtp(mail: Mail) -> Smtp | None:
    """What mail goes through; None without a mail server."""
    if not mail.smtp_host:
        return None
    server = MailServer(
        host=mail.smtp_host,
        port=mail.smtp_port,
        security=Security(mail.smtp_security),
        user=mail.smtp_user,
        password=mail.smtp_password,
        sender=mail.sender,
    )
    return Smtp(server)

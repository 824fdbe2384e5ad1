"""Letters to subscribers."""

from tocsin.app import links
from tocsin.app.outbox import Parcel
from tocsin.app.smtp import Smtp
from tocsin.model.clock import Clock
from tocsin.model.subscriber import Medium, OptIn
from tocsin.model.trying import MAIL, Tried
from tocsin.wire import letter


class MailCarrier:
    """Carries letters through the operator's mail server."""

    medium = Medium.EMAIL
    schedule = MAIL
    at_once = 32

    def __init__(self, smtp: Smtp, clock: Clock, public_url: str) -> None:
        self._smtp = smtp
        self._clock = clock
        self._public_url = public_url
        self.rest = self.close = smtp.rest

    async def carry(self, parcel: Parcel) -> Tried:
        """Hand one letter to the mail server."""
        return await self._smtp.send(parcel.to.target, self._message(parcel))

    def _message(self, parcel: Parcel) -> bytes:
        to, page = parcel.to, parcel.page
        stop = None
        if isinstance(to, OptIn):
            names = None if to.choice is None else list(parcel.names.values())
            link = links.of_opt_in(page, self._public_url, to)
            written = letter.invitation(page, to.target, names, link)
        else:
            leading = links.of_subscriber(page, self._public_url, to)
            written = letter.news(page, parcel.names, parcel.bulletins, leading)
            stop = leading.stop
        # The standard library's messages cost a start 2 MB, and few services ever send any.
        from tocsin.wire import mail

        envelope = mail.Envelope(
            id=parcel.id,
            sender=self._smtp.sender,
            recipient=to.target,
            page=page.address(self._public_url),
            at_ms=self._clock.now_ms(),
            stop=stop,
        )
        return mail.message(written, envelope)

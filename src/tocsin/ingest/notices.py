"""What comes as notices, on sysadm's subjects."""

from collections.abc import Callable, Sequence

from tocsin.app import notices
from tocsin.model.notice import NewNotice
from tocsin.store.tx import Tx
from tocsin.wire import sysadm_bus


class NoticeMessages:
    """Publishes what is said on `sysadm.events.<class>`. It keeps no account of its own."""

    subjects = (sysadm_bus.SUBJECT,)

    def read(self, subject: str, payload: bytes) -> NewNotice:
        """The notice to publish. Raises `wire.malformed.Malformed`."""
        return sysadm_bus.read(subject, payload)

    def prepare(self, asked: Sequence[NewNotice]) -> Callable[[Tx], None]:
        """The part of a unit of work that publishes these, in their order."""

        def publish(tx: Tx) -> None:
            for new in asked:
                notices.publish(tx, new)

        return publish

    def taken(self, outcome: None) -> None:
        """Those are on disk."""

    def malformed(self) -> None:
        """A message could not be read; whoever reads the bus counts it."""

"""What can be done with notices, as units of work."""

from typing import NamedTuple

import msgspec

from tocsin.model import notice
from tocsin.model.notice import NewNotice, Notice
from tocsin.store.tx import Tx


class Published(NamedTuple):
    """A notice that stands in the log now: its id, and the sequence of its event."""

    id: str
    sequence: int


def publish(tx: Tx, new: NewNotice) -> Published:
    """Tell everybody who watches the class.

    Refused (invalid): a class that is none or is closed to publishers, a priority out of 0 to 10, a
    payload beyond 256 KiB.
    """
    notice.check(new)
    made = Notice(tx.new_id(), new.class_, msgspec.Raw(notice.payload(new)))
    topic = notice.topic_of(new.class_)
    return Published(made.id, tx.append(notice.PUBLISHED, topic, notice.data_of(made)))

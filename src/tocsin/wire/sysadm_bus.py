"""Notices as they come from a message bus: the payload of a class, below its subject."""

from tocsin.model import notice
from tocsin.model.errors import Refused
from tocsin.model.notice import NewNotice
from tocsin.wire import document
from tocsin.wire.malformed import Malformed, Reason

_BEFORE_CLASS = "sysadm.events."

# What is subscribed to.
SUBJECT = f"{_BEFORE_CLASS}*"


def read(subject: str, payload: bytes) -> NewNotice:
    """The notice that a message on a subject like SUBJECT publishes. Raises Malformed."""
    try:
        args = document.decode(payload)
    except Refused as refused:
        raise Malformed(Reason.NOT_JSON, refused.detail) from refused
    if not isinstance(args, dict):
        raise Malformed(Reason.WRONG_SHAPE, "the payload is no object")
    new = NewNotice(subject.removeprefix(_BEFORE_CLASS), args=args)
    try:
        notice.check(new)
    except Refused as refused:
        raise Malformed(Reason.WRONG_SHAPE, refused.detail) from refused
    return new

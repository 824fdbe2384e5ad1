"""Notices: what desktop tools, consoles and agents are told of as it happens, by class.

Classes, payloads and priorities are those of sysadm (seeds/sysadm-events.txt).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tocsin.model.errors import invalid

PUBLISHED = "tocsin.notice.published"
PRIORITIES = range(11)
ARGS_LIMIT = 256 * 1024

CLASS_PATTERN = "[a-z][a-z0-9-]{0,63}"
_CLASS = re.compile(CLASS_PATTERN)

# Classes of this server's own events, with the roots of the topics that they are about.
OWN_CLASSES: Mapping[str, tuple[str, ...]] = {
    "status": ("component", "page"),
    "issues": ("issue",),
    "incidents": ("incident",),
    "operations": ("operation",),
}
_CLASS_OF_ROOT = {root: name for name, roots in OWN_CLASSES.items() for root in roots}

# What `bridge` says in sysadm comes from its bridges alone, unasked.
CLOSED_CLASSES = frozenset({*OWN_CLASSES, "bridge"})

# The class of which nobody is told the last notice: an old step of a job says nothing.
FORGOTTEN_CLASS = "dispatcher"

_CATEGORIES = ((2, "Information"), (5, "Warning"), (8, "Critical"), (10, "Urgent"))


@dataclass(frozen=True)
class NewNotice:
    """A notice as a publisher gives it: `message` and `priority` are set over those in `args`."""

    class_: str
    message: str | None = None
    priority: int | None = None
    args: Mapping[str, object] = field(default_factory=dict)


class Notice(msgspec.Struct, frozen=True):
    """A notice as it stands in the log. `args` is the payload, as JSON ready for the wire."""

    id: str
    class_: str = msgspec.field(name="class")
    args: msgspec.Raw


class NoticeData(msgspec.Struct, frozen=True):
    """The data of `tocsin.notice.published`."""

    notice: Notice


def is_class(text: str) -> bool:
    """Whether `text` can be the name of a class."""
    return _CLASS.fullmatch(text) is not None


def topic_of(class_: str) -> str:
    """The topic of the notices of a class that publishers have."""
    return f"notice/{class_}"


def patterns_of(class_: str) -> tuple[str, ...]:
    """The patterns that choose the events which are notices of the class."""
    roots = OWN_CLASSES.get(class_)
    return tuple(f"{root}/>" for root in roots) if roots else (topic_of(class_),)


def class_of(topic: str) -> str | None:
    """The class of which an event on `topic` is a notice, if it is one of any."""
    root, _, rest = topic.partition("/")
    return rest if root == "notice" else _CLASS_OF_ROOT.get(root)


def priority_text(priority: int) -> str:
    """A priority as clients read it, who take the number before the dash: `7 - Critical`."""
    category = next(name for most, name in _CATEGORIES if priority <= most)
    return f"{priority} - {category}"


def check(new: NewNotice) -> None:
    """Refuse (`invalid`) a class that is none or is closed to publishers, and a priority that is an
    integer out of range."""
    if not is_class(new.class_):
        raise invalid("class", f"must match {CLASS_PATTERN}")
    if new.class_ in CLOSED_CLASSES:
        raise invalid("class", f"{new.class_} is closed to publishers")
    if new.priority is not None:
        _check_priority(new.priority, "priority")
    else:
        _check_priority(new.args.get("priority"), "args.priority")


def payload(new: NewNotice) -> bytes:
    """The payload of a notice that has been checked, as JSON.

    Refused (`invalid`, field `args`) beyond 256 KiB.
    """
    args: dict[str, Any] = dict(new.args)
    if new.message is not None:
        args["message"] = new.message
    if new.priority is not None:
        args["priority"] = new.priority
    if "priority" in args and _is_integer(args["priority"]):
        args["priority"] = priority_text(args["priority"])
    written = msgspec.json.encode(args)
    if len(written) > ARGS_LIMIT:
        raise invalid("args", f"must be at most {ARGS_LIMIT:,} bytes")
    return written


def data_of(notice: Notice) -> bytes:
    """The data of the event that publishes the notice."""
    return msgspec.json.encode(NoticeData(notice))


_decode = msgspec.json.Decoder(NoticeData).decode


def read(data: bytes) -> Notice:
    """The notice that an event carries."""
    return _decode(data).notice


def _check_priority(value: object, path: str) -> None:
    if _is_integer(value) and value not in PRIORITIES:
        raise invalid(path, "must be 0 to 10")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

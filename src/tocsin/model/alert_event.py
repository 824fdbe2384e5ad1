"""One event of an alert: what somebody's monitoring says of one trouble at one moment.

The limits are FlashDuty's (spec: incidents, "Alert intake"). Texts that are too long are cut; a key
never is, for then two alerts might have the same.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import islice

from tocsin.model.errors import invalid
from tocsin.model.severity import Status

TITLE_LIMIT = 512
DESCRIPTION_LIMIT = 2_048
KEY_LIMIT = 255
LABELS_LIMIT = 50
LABEL_NAME_LIMIT = 128
LABEL_VALUE_LIMIT = 2_048
IMAGES_LIMIT = 20
IMAGE_ALT_LIMIT = 128
IMAGE_URL_LIMIT = 256

_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Image:
    """A picture of the trouble. `src` is where it is, `href` where a click on it leads."""

    src: str
    alt: str = ""
    href: str = ""


@dataclass(frozen=True)
class AlertEvent:
    """An event within the limits. Times are Unix seconds.

    `key` says which alert it is of; None: of a new one, whose key has yet to be made. `status` is
    how bad it is, `Ok` for a recovery, which alone may have no `title`: the alert keeps its own.
    `time` orders the events of an alert; `started_at` is when the trouble began, at most `time`.
    At `ends_at` the alert recovers by itself unless an event has come in between; 0: never.
    """

    key: str | None
    title: str
    status: Status
    time: int
    started_at: int
    ends_at: int = 0
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Image, ...] = ()


def keyed(event: AlertEvent) -> AlertEvent:
    """The event with a key. One that was given none is of the alert that says the same, so that
    sending it again makes no second alert."""
    if event.key is not None:
        return event
    said = (event.status, event.title, event.description, sorted(event.labels.items()))
    return replace(event, key=sha256(json.dumps(said).encode()).hexdigest()[:32])


def check_key(key: str, path: str) -> None:
    """Refuse (`invalid`) what cannot be the key of an alert."""
    if not 1 <= len(key) <= KEY_LIMIT:
        raise invalid(path, f"must be 1 to {KEY_LIMIT} characters")


def checked_labels(labels: Mapping[str, str], path: str) -> dict[str, str]:
    """The labels with long values cut. Refused (`invalid`) are too many, and names that are empty
    or too long."""
    if len(labels) > LABELS_LIMIT:
        raise invalid(path, f"must be at most {LABELS_LIMIT}")
    if not all(map(_is_name, labels)):
        raise invalid(path, f"must have names of 1 to {LABEL_NAME_LIMIT} characters")
    return {name: value[:LABEL_VALUE_LIMIT] for name, value in labels.items()}


def fitting_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that can be had, the first 50, with long values cut.

    For senders who know nothing of our limits and do not send again what was refused: an alert
    without its 51st label is better than none.
    """
    named = ((name, value[:LABEL_VALUE_LIMIT]) for name, value in labels.items() if _is_name(name))
    return dict(islice(named, LABELS_LIMIT))


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LABEL_NAME_LIMIT


def kept_images(images: Iterable[Image]) -> tuple[Image, ...]:
    """The images that can be shown, one for each `alt`, which is the last.

    Dropped are those whose address is too long or none of the web: what a sender gives must not
    run as a script where people look at it.
    """
    shown = (one for one in images if _is_web(one.src))
    by_alt = {one.alt[:IMAGE_ALT_LIMIT]: one for one in shown}
    return tuple(
        Image(one.src, alt, one.href if _is_web(one.href) else "")
        for alt, one in islice(by_alt.items(), IMAGES_LIMIT)
    )


def _is_web(url: str) -> bool:
    return len(url) <= IMAGE_URL_LIMIT and url.lower().startswith(_WEB)


def described(text: str, details: Iterable[tuple[str, str]]) -> str:
    """A description: the text, and under it the details as lines `name: value`.

    The details have at most half of the room, so that a long text does not take their links away;
    one that does not fit is left out.
    """
    lines = ""
    for name, value in details:
        line = f"\n{name}: {value}"
        if len(lines) + len(line) <= DESCRIPTION_LIMIT // 2:
            lines += line
    return (text.strip()[: DESCRIPTION_LIMIT - len(lines)] + lines).strip()


def began(said: int | None, now: int) -> int:
    """When the trouble began: as was said, but not later than `now`, whatever the sender's clock
    says; `now` when nothing was."""
    return now if said is None else min(said, now)

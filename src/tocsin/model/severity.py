"""How bad an incident or alert is, and how bad it is now."""

from collections.abc import Iterable
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is at its worst. Declared from worst to least."""

    CRITICAL = "Critical"
    WARNING = "Warning"
    INFO = "Info"


class Status(StrEnum):
    """How bad it is now. Declared from worst to least; `Ok`: it has recovered."""

    CRITICAL = "Critical"
    WARNING = "Warning"
    INFO = "Info"
    OK = "Ok"


_RANK = {status.value: rank for rank, status in enumerate(Status)}


def highest(severities: Iterable[Severity]) -> Severity:
    """The worst of them; Info without any."""
    return min(severities, key=_RANK.__getitem__, default=Severity.INFO)


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of them; Ok without any."""
    return min(statuses, key=_RANK.__getitem__, default=Status.OK)

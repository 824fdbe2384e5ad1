"""Storms: how many alerts in one incident are worth saying so."""

from collections.abc import Iterable
from typing import Final

from tocsin.model.errors import invalid
from tocsin.model.incident import Incident
from tocsin.model.incident_command import STORM_THRESHOLDS

THRESHOLDS_LIMIT: Final = 5


def check(thresholds: tuple[int, ...], path: str = "storm_thresholds") -> None:
    """Refuse (`invalid`, at `path`) too many thresholds, repeated ones, and those out of range."""
    count = len(thresholds)
    if count > THRESHOLDS_LIMIT or len(set(thresholds)) < count:
        raise invalid(path, f"must be at most {THRESHOLDS_LIMIT} different ones")
    if not all(one in STORM_THRESHOLDS for one in thresholds):
        raise invalid(path, "each must be 2 to 5000")


def reached(incident: Incident, thresholds: Iterable[int]) -> tuple[int, ...]:
    """The thresholds that the alerts of an open incident have reached and that were not told,
    lowest first."""
    if not incident.open:
        return ()
    new = {one for one in thresholds if one <= incident.alert_cnt} - set(incident.storms)
    return tuple(sorted(new))

"""How bad it is."""

from tocsin.model.severity import Severity, Status, highest, worst


def test_severities_add_up_to_the_highest() -> None:
    assert highest([Severity.INFO, Severity.CRITICAL, Severity.WARNING]) is Severity.CRITICAL
    assert highest([]) is Severity.INFO


def test_statuses_add_up_to_the_worst_and_nothing_is_ok() -> None:
    assert worst([Status.OK, Status.WARNING, Status.INFO]) is Status.WARNING
    assert worst([]) is Status.OK

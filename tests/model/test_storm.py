"""Storms of alerts."""

from dataclasses import replace

import pytest
from tests.model.incidents import by, raised
from tests.model.refused import refused_path

from tocsin.model import storm
from tocsin.model.incident_command import storm as told
from tocsin.model.incident_command import time_out


@pytest.mark.parametrize("wrong", [(1,), (5_001,), (5, 5), (2, 3, 4, 5, 6, 7)])
def test_thresholds_that_make_no_sense_are_refused(wrong: tuple[int, ...]) -> None:
    assert refused_path(lambda: storm.check(wrong)) == "storm_thresholds"


@pytest.mark.parametrize("fine", [(), (2,), (2, 10, 100, 1_000, 5_000)])
def test_thresholds_that_make_sense(fine: tuple[int, ...]) -> None:
    storm.check(fine)


def test_each_threshold_is_reached_once() -> None:
    incident = replace(raised(), alert_cnt=50)
    assert storm.reached(incident, (100, 50, 10)) == (10, 50)
    incident = told(incident, 10, by(None)).incident
    assert storm.reached(incident, (100, 50, 10)) == (50,)
    assert storm.reached(replace(incident, alert_cnt=9), (50, 10)) == ()


def test_what_is_closed_has_no_storms() -> None:
    closed = time_out(replace(raised(), alert_cnt=50), by(None)).incident
    assert storm.reached(closed, (10,)) == ()

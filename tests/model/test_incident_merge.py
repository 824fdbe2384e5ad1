"""Merging incidents and taking that back."""

from dataclasses import replace

import pytest
from tests.model.incidents import ANNA, NOW, by, made, raised, types

from tocsin.model.errors import Code, Refused
from tocsin.model.incident import Incident, Progress
from tocsin.model.incident_command import ack, reopen, snooze, time_out
from tocsin.model.incident_merge import SOURCES_LIMIT, Merged, merge, unmerge

TARGET = made()
SOURCES = [replace(raised(), id=f"{n:024x}", title=f"Source {n}") for n in (0xA, 0xB)]
MANY = [replace(SOURCES[0], id=f"{n:024x}") for n in range(SOURCES_LIMIT + 1)]
CLOSED = time_out(SOURCES[0], by(None)).incident


def merged(comment: str = "") -> Merged:
    return merge(TARGET, SOURCES, comment, by(ANNA, 5))


def refused(target: Incident, sources: list[Incident]) -> Refused:
    with pytest.raises(Refused) as caught:
        merge(target, sources, "", by(ANNA, 5))
    return caught.value


def test_sources_close_and_the_target_tells_of_them() -> None:
    made_one = merged()
    for before, source in zip(SOURCES, made_one.sources, strict=True):
        assert types(source) == ["i_rslv"]
        assert source.entries[0].detail == {"reason": "merged", "merged_into": TARGET.id}
        assert source.incident.progress is Progress.CLOSED
        assert (source.incident.closer, source.incident.close_time) == (ANNA, NOW + 5)
        assert (source.incident.status, source.incident.merged_into) == (before.status, TARGET.id)
    assert types(made_one.target) == ["i_merge"]
    assert made_one.target.entries[0].detail == {"merged": [one.id for one in SOURCES]}
    assert made_one.target.incident.progress is Progress.TRIGGERED


def test_a_target_that_is_worked_on_stays_so() -> None:
    target = ack(TARGET, ANNA, by(ANNA)).incident
    assert merge(target, SOURCES, "", by(ANNA)).target.incident.progress is Progress.PROCESSING


def test_a_comment_on_merging_is_told() -> None:
    assert merged("One cable").target.entries[0].detail["comment"] == "One cable"


def test_a_snooze_that_has_run_out_is_told_of_each_first() -> None:
    snoozed = [snooze(one, 1, by(ANNA)).incident for one in (made(ANNA), *SOURCES)]
    late = merge(snoozed[0], snoozed[1:], "", by(ANNA, 90))
    assert types(late.target) == ["i_assign", "i_merge"]
    assert types(late.sources[0]) == ["i_rslv"]


@pytest.mark.parametrize(
    "sources",
    [[], [SOURCES[0], SOURCES[0]], [TARGET], [*SOURCES, TARGET], MANY],
)
def test_target_and_sources_are_different_ones(sources: list[Incident]) -> None:
    assert refused(TARGET, sources).errors[0].path == "source_ids"


def test_one_source_is_enough_and_a_hundred_are_not_too_many() -> None:
    assert len(merge(TARGET, SOURCES[:1], "", by(ANNA)).sources) == 1
    assert len(merge(TARGET, MANY[:100], "", by(ANNA)).sources) == 100


def test_only_open_incidents_are_merged() -> None:
    assert refused(TARGET, [SOURCES[1], CLOSED]).code is Code.INCIDENT_CLOSED
    assert refused(time_out(TARGET, by(None)).incident, SOURCES).code is Code.INCIDENT_CLOSED


def test_a_source_can_be_had_back() -> None:
    made_one = merged()
    target, source = made_one.target.incident, made_one.sources[0].incident
    back = unmerge(target, source, by(ANNA, 9))
    assert (types(back.source), types(back.target)) == (["i_reopen"], ["i_comm"])
    assert back.source.entries[0].detail == {"reason": f"unmerged from {TARGET.num}"}
    assert back.source.incident.progress is Progress.TRIGGERED
    assert back.source.incident.merged_into is None
    assert back.target.entries[0].detail == {
        "comment": "00000A is unmerged: Source 10",
        "unmerged": source.id,
    }


@pytest.mark.parametrize(
    "source",
    [
        SOURCES[0],
        CLOSED,
        replace(CLOSED, merged_into="another"),
        reopen(merged().sources[0].incident, "", by(ANNA, 9)).incident,
    ],
)
def test_only_what_is_still_merged_into_it_can_be_had_back(source: Incident) -> None:
    with pytest.raises(Refused) as caught:
        unmerge(merged().target.incident, source, by(ANNA, 10))
    assert caught.value.code is Code.INCIDENT_NOT_MERGED


def test_a_closed_target_gives_nothing_back() -> None:
    target = time_out(merged().target.incident, by(None, 8)).incident
    with pytest.raises(Refused) as caught:
        unmerge(target, merged().sources[0].incident, by(ANNA, 9))
    assert caught.value.code is Code.INCIDENT_CLOSED

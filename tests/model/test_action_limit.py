"""How many custom actions a channel can have."""

from dataclasses import replace

import pytest
from tests.model.endpoints import FLASHDUTY
from tests.model.refused import refused_path

from tocsin.model.action_limit import ACTIONS_LIMIT, check
from tocsin.model.endpoint import Endpoint, Kind


def action(*channels: int) -> Endpoint:
    return replace(FLASHDUTY, kind=Kind.ACTION, channels=channels)


@pytest.mark.parametrize(
    ("one", "others"),
    [
        (action(), []),
        (action(1), []),
        (action(1), [action(1)] * (ACTIONS_LIMIT - 1)),
        (action(1), [action(2)] * ACTIONS_LIMIT),
        (action(1), [action()] * 2 + [action(1, 2)] * 2),
        (action(), [action(1)] * 4 + [action(2)] * 4),
    ],
)
def test_there_is_room_for_five(one: Endpoint, others: list[Endpoint]) -> None:
    check(one, others)


@pytest.mark.parametrize(
    ("one", "others"),
    [
        (action(1), [action(1)] * ACTIONS_LIMIT),
        (action(2, 1), [action(1)] * ACTIONS_LIMIT),
        (action(1), [action()] * ACTIONS_LIMIT),
        (action(1), [action()] * 2 + [action(1)] * 3),
        (action(), [action(1)] * 4 + [action()]),
    ],
)
def test_there_is_none_for_a_sixth_in_any_channel(one: Endpoint, others: list[Endpoint]) -> None:
    assert refused_path(lambda: check(one, others)) == "channels"

"""The page on how webhooks are delivered names everything that there is."""

from enum import StrEnum
from pathlib import Path

import pytest

from tocsin.model.delivery import Happening, State, after
from tocsin.model.endpoint import Order, Profile, Reason
from tocsin.model.exchange import Fault
from tocsin.model.health import State as Health

PAGE = (Path(__file__).parents[2] / "docs/reference/webhook-delivery.md").read_text()


@pytest.mark.parametrize(
    "name", [*State, *Health, *Fault, *Order, *Profile, *Reason], ids=lambda name: f"{name}"
)
def test_every_name_is_documented(name: StrEnum) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("state", State)
def test_the_course_of_a_delivery_is_written_as_the_table_has_it(state: State) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{state}` |")]
    becomes = row.split("|")[3]
    following = {after(state, happening) for happening in Happening} - {None}
    assert {other for other in State if f"`{other}`" in becomes} == following

"""Changing only what one has seen."""

import pytest

from tocsin.model.errors import Code, Refused
from tocsin.model.precondition import Precondition, etag


@pytest.mark.parametrize(
    "header",
    [None, "*", '"page.3"', '"page.2", "page.3"', 'W/"page.3", "page.3"', f"{etag('page', 3)}"],
)
def test_a_condition_that_holds_lets_the_change_through(header: str | None) -> None:
    Precondition.parse(header).check("page", 3)


@pytest.mark.parametrize(
    "header", ['"page.2"', 'W/"page.3"', '"other.3"', "", "page.3", '"page.3', '"page.2", garbage']
)
def test_a_condition_that_does_not_hold_is_refused(header: str) -> None:
    with pytest.raises(Refused) as refused:
        Precondition.parse(header).check("page", 3)
    assert refused.value.code is Code.PRECONDITION_FAILED

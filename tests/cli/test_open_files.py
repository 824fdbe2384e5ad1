"""When the limit on open files is worth a word."""

import pytest

from tocsin.cli.open_files import complaint


@pytest.mark.parametrize(
    ("limit", "wanted"), [(1024, 0), (4096, 0), (1024, 1000), (65_536, 70_000)]
)
def test_too_low_a_limit_is_said_with_the_numbers(limit: int, wanted: int) -> None:
    said = complaint(limit, wanted)
    assert said is not None
    assert str(limit) in said
    assert not wanted or str(wanted) in said


@pytest.mark.parametrize(("limit", "wanted"), [(65_536, 0), (1024, 500), (20_000, 10_000)])
def test_a_limit_that_suffices_needs_no_word(limit: int, wanted: int) -> None:
    assert complaint(limit, wanted) is None

"""What was refused, for tests."""

from collections.abc import Callable

import pytest

from tocsin.model.errors import Code, Refused


def refused_path(call: Callable[[], object]) -> str:
    """The path of the field at fault, which has to be one."""
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.code is Code.INVALID
    return refused.value.errors[0].path

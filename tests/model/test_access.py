"""Who may do what."""

import pytest

from tocsin.model.access import Principal, Scope


def bearer(*scopes: Scope) -> Principal:
    return Principal("t1", "name", None, 1, frozenset(scopes))


def test_a_scope_gives_its_own_right_alone() -> None:
    assert bearer(Scope.READ).may(Scope.READ)
    assert not bearer(Scope.READ).may(Scope.PAGES_WRITE)
    assert not bearer().may(Scope.READ)


@pytest.mark.parametrize("scope", list(Scope))
def test_admin_gives_every_right(scope: Scope) -> None:
    assert bearer(Scope.ADMIN).may(scope)

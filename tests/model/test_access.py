"""Who may do what."""

import pytest

from tocsin.model.access import ROLE_SCOPES, Principal, Role, Scope


def bearer(*scopes: Scope) -> Principal:
    return Principal("t1", "name", None, 1, frozenset(scopes))


def test_a_scope_gives_its_own_right_alone() -> None:
    assert bearer(Scope.READ).may(Scope.READ)
    assert not bearer(Scope.READ).may(Scope.PAGES_WRITE)
    assert not bearer().may(Scope.READ)


@pytest.mark.parametrize("scope", list(Scope))
def test_admin_gives_every_right(scope: Scope) -> None:
    assert bearer(Scope.ADMIN).may(scope)


def test_every_role_may_read() -> None:
    for role in Role:
        assert bearer(*ROLE_SCOPES[role]).may(Scope.READ)


def test_a_responder_writes_what_happens_but_not_how_the_page_is_made() -> None:
    responder = bearer(*ROLE_SCOPES[Role.RESPONDER])
    assert responder.may(Scope.ISSUES_WRITE)
    assert not responder.may(Scope.PAGES_WRITE)
    assert not responder.may(Scope.ADMIN)

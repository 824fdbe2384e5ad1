"""Who may do what."""

from dataclasses import replace

import pytest

from tocsin.model.access import SCOPES, Principal, Role, Scope


def bearer(*scopes: Scope) -> Principal:
    return Principal("t1", "name", None, 1, frozenset(scopes))


def test_a_scope_gives_its_own_right_alone() -> None:
    assert bearer(Scope.READ).may(Scope.READ)
    assert not bearer(Scope.READ).may(Scope.PAGES_WRITE)
    assert not bearer().may(Scope.READ)


@pytest.mark.parametrize("scope", list(Scope))
def test_admin_gives_every_right(scope: Scope) -> None:
    assert bearer(Scope.ADMIN).may(scope)


def test_a_role_stands_for_scopes() -> None:
    assert SCOPES.keys() == set(Role)
    assert SCOPES[Role.ADMIN] == {Scope.ADMIN}
    assert SCOPES[Role.VIEWER] == {Scope.READ}
    closed = {Scope.ADMIN, Scope.PAGES_WRITE, Scope.EVENTS_PUBLISH, Scope.WEBHOOKS_WRITE}
    assert SCOPES[Role.RESPONDER] == set(Scope) - closed - {Scope.ALERTS_WRITE}


def test_what_lasts_for_a_time_is_a_session() -> None:
    assert not bearer(Scope.READ).is_session
    assert replace(bearer(Scope.READ), lifetime_s=900).is_session

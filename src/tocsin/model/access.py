"""Who may do what: scopes, roles, and the principal that a secret stands for."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """One right a token can have (spec: HTTP API, "Rules for all of /api/v1")."""

    PAGES_WRITE = "pages:write"
    ISSUES_WRITE = "issues:write"
    INCIDENTS_WRITE = "incidents:write"
    ALERTS_WRITE = "alerts:write"
    OPERATIONS_WRITE = "operations:write"
    NOTICES_WRITE = "notices:write"
    EVENTS_PUBLISH = "events:publish"
    WEBHOOKS_WRITE = "webhooks:write"
    READ = "read"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user is."""

    ADMIN = "admin"
    RESPONDER = "responder"
    VIEWER = "viewer"


# What users may do by their role (spec: HTTP API, "Rules for all of /api/v1").
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMIN: frozenset({Scope.ADMIN}),
    Role.RESPONDER: frozenset(
        {
            Scope.ISSUES_WRITE,
            Scope.INCIDENTS_WRITE,
            Scope.OPERATIONS_WRITE,
            Scope.NOTICES_WRITE,
            Scope.READ,
        }
    ),
    Role.VIEWER: frozenset({Scope.READ}),
}


@dataclass(frozen=True)
class Principal:
    """Who was let in, by a token or a session: `id` is its id, `name` the token's or the user's.

    It acts as the person `person_id`, and `scopes` is all it may do. A session is good for
    `lifetime_s` seconds after each use; a token, where that is None, until it is deleted.
    """

    id: str
    name: str
    user_id: str | None
    person_id: int
    scopes: frozenset[Scope]
    lifetime_s: int | None = None

    @property
    def is_session(self) -> bool:
        """Whether it came with a session's secret, not with a token's."""
        return self.lifetime_s is not None

    def may(self, scope: Scope) -> bool:
        """Whether this principal has the right; `admin` has every right."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

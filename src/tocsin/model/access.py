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


@dataclass(frozen=True)
class Principal:
    """Who was let in, by a token or a session: `id` is its id, `name` the token's or the user's.

    It acts as the person `person_id`, and `scopes` is all it may do.
    """

    id: str
    name: str
    user_id: str | None
    person_id: int
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether this principal has the right; `admin` has every right."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

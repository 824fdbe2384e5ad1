"""What the OpenAPI document says of /session, which is for ernest's clients and for browsers."""

from typing import Any

import msgspec

from tocsin.http import documented
from tocsin.http.openapi import Described

_JSON = "application/json"


class Credentials(msgspec.Struct):
    """`user_name` is the user's e-mail address. Further fields are ignored."""

    user_name: str
    user_password: str


class SignedInUser(msgspec.Struct):
    """Who is signed in; a token that belongs to no user has a name alone."""

    user_id: str | None
    user_name: str
    user_email: str | None


class Nothing(msgspec.Struct):
    """An empty object."""


def _body(struct: type) -> dict[str, Any]:
    return {"content": {_JSON: {"schema": {"$ref": f"#/components/schemas/{struct.__name__}"}}}}


_SHOWN: dict[str, Any] = {"security": [{"bearer": []}, {"x-auth-token": []}, {"cookie": []}]}
_SECRET = {
    "X-Auth-Token": {
        "description": "The session's secret, good for 12 hours after each use.",
        "required": True,
        "schema": {"type": "string"},
    }
}

DESCRIBED = Described(
    {
        "/session": {
            "post": {
                "tags": ["session"],
                "operationId": "sign_in",
                "summary": "Sign In",
                "description": "Sets the cookie `tocsin_session` too. After several failures from "
                "one address (`sign_in.max_failures`) that is refused for a while (429). The same "
                "as `/session/`, `/sessions` and `/sessions/`, and whatever the Content-Type.",
                "requestBody": {"required": True, **_body(Credentials)},
                "responses": {
                    "200": {"description": "Signed in.", "headers": _SECRET, **_body(Nothing)},
                    **documented.text_errors(400, 401, 413, 429, 500, 503),
                },
                "security": [],
            },
            "get": {
                "tags": ["session"],
                "operationId": "show_session",
                "summary": "Show Session",
                "description": "Who is signed in.",
                "responses": {
                    "200": {"description": "Signed in.", **_body(SignedInUser)},
                    **documented.text_errors(401, 500, 503),
                },
                **_SHOWN,
            },
            "delete": {
                "tags": ["session"],
                "operationId": "sign_out",
                "summary": "Sign Out",
                "description": "What the session has opened ends within seconds.",
                "responses": {
                    "200": {"description": "Signed out.", **_body(Nothing)},
                    **documented.text_errors(401, 403, 500, 503),
                },
                **_SHOWN,
            },
        }
    },
    (Credentials, SignedInUser, Nothing),
)

"""/api/v1/tokens."""

from typing import Annotated, Self

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import tokens
from tocsin.app.passwords import new_secret
from tocsin.app.tokens import NewToken
from tocsin.http.body import Body, Id, Name
from tocsin.http.changes import change, created, removed
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.store import tokens as rows
from tocsin.store.tokens import Token

routes = Routes("tokens")

ScopeName = Annotated[Scope, Field(strict=False)]


class TokenIn(Body):
    """A token to be made. With `user_id` it acts as that user, else as a person of its own."""

    name: Name
    scopes: list[ScopeName] = Field(min_length=1, max_length=len(Scope))
    user_id: Id | None = None


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scopes: list[Scope]
    user_id: str | None
    person_id: int
    created_at: int

    @classmethod
    def of(cls, token: Token) -> Self:
        """As the API shows it."""
        return cls(
            id=token.id,
            name=token.name,
            scopes=sorted(token.scopes),
            user_id=token.user_id,
            person_id=token.person_id,
            created_at=token.created_at,
        )


class IssuedToken(TokenOut):
    """A token just made, with the secret, which is shown this once."""

    secret: str


@routes.get("/tokens", Scope.ADMIN, answers=Listing[TokenOut])
async def list_tokens(request: Request, page: Page) -> Listing[TokenOut]:
    """Every token, newest first, without the secrets."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch))
    return page.page(found, lambda token: token.id, TokenOut.of)


@routes.post("/tokens", Scope.ADMIN, answers=IssuedToken)
async def create_token(request: Request, given: TokenIn) -> Response:
    """Make a token. The answer is the only one that shows its secret."""
    secret = new_secret()
    new = NewToken(given.name, frozenset(given.scopes), given.user_id)
    return await change(
        request,
        lambda tx: tokens.create(tx, new, secret),
        lambda token: created(
            IssuedToken(**dict(TokenOut.of(token)), secret=secret), token.id, secret=True
        ),
    )


@routes.delete("/tokens/{token_id}", Scope.ADMIN)
async def delete_token(request: Request, token_id: str) -> Response:
    """Delete a token. What it opened ends at once."""
    return await change(request, lambda tx: tokens.delete(tx, token_id), removed)

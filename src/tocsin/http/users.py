"""/api/v1/users."""

from typing import Annotated, Self

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from tocsin.app import users
from tocsin.app.passwords import hashed, new_password
from tocsin.app.users import NewUser, UserChanges
from tocsin.http.body import Body, Name
from tocsin.http.changes import change, created, done, removed
from tocsin.http.listing import Listing, Page
from tocsin.http.patch import Patch, Repeated, absent
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Role, Scope
from tocsin.model.errors import Code
from tocsin.store import users as rows
from tocsin.store.tx import Tx
from tocsin.store.users import User

routes = Routes("users")

RoleName = Annotated[Role, Field(strict=False)]
Email = Annotated[str, Field(max_length=254, pattern=r"^[!-?A-~]+@[!-?A-~]+$")]
Password = Annotated[str, Field(min_length=8, max_length=1024)]


class UserIn(Body):
    """A user to be made. Without a password one is made up."""

    email: Email
    name: Name
    role: RoleName
    password: Password | None = None


class UserPatch(Patch):
    """What to change of a user."""

    name: Name = absent()
    role: RoleName = absent()
    password: Password = absent()
    id: Repeated = absent()
    email: Repeated = absent()
    person_id: Repeated = absent()
    created_at: Repeated = absent()


class UserOut(BaseModel):
    """A user."""

    id: str
    email: str
    name: str
    role: Role
    person_id: int
    created_at: int

    @classmethod
    def of(cls, user: User) -> Self:
        """As the API shows it."""
        return cls(
            id=user.id,
            email=user.email,
            name=user.name,
            role=user.role,
            person_id=user.person_id,
            created_at=user.created_at,
        )


class CreatedUser(UserOut):
    """A user just made; `password` is the one that was made up, shown this once, or null."""

    password: str | None


@routes.get("/users", Scope.ADMIN, answers=Listing[UserOut])
async def list_users(
    request: Request, page: Page, email: Annotated[Email | None, Query()] = None
) -> Listing[UserOut]:
    """Every user, newest first; with `email`, at most the one with that address."""
    store = services_of(request).store
    found = await store.read(lambda conn: rows.listing(conn, page.before, page.fetch, email))
    return page.page(found, lambda user: user.id, UserOut.of)


@routes.post("/users", Scope.ADMIN, answers=CreatedUser, refuses=(Code.CONFLICT,))
async def create_user(request: Request, given: UserIn) -> Response:
    """Make a user."""
    made_up = None if given.password else new_password()
    password_hash = await hashed(given.password or made_up or "")
    new = NewUser(given.email, given.name, given.role)
    return await change(
        request,
        lambda tx: users.create(tx, new, password_hash),
        lambda user: created(
            CreatedUser(**dict(UserOut.of(user)), password=made_up),
            user.id,
            secret=made_up is not None,
        ),
    )


@routes.get("/users/{user_id}", Scope.ADMIN, answers=UserOut)
async def show_user(request: Request, user_id: str) -> UserOut:
    """One user."""
    user = await services_of(request).store.read(lambda conn: users.get(conn, user_id))
    return UserOut.of(user)


@routes.patch("/users/{user_id}", Scope.ADMIN, answers=UserOut, refuses=(Code.CONFLICT,))
async def edit_user(request: Request, user_id: str, given: UserPatch) -> Response:
    """Change a user's name, role or password."""
    changes = given.given()
    password = changes.pop("password", None)
    password_hash = await hashed(password) if password else None

    def unit(tx: Tx) -> User:
        user = users.get(tx.conn, user_id)
        given.check_repeated(UserOut.of(user))
        return users.edit(tx, user, UserChanges(**changes, password_hash=password_hash))

    return await change(request, unit, lambda user: done(UserOut.of(user)))


@routes.delete("/users/{user_id}", Scope.ADMIN, refuses=(Code.CONFLICT,))
async def delete_user(request: Request, user_id: str) -> Response:
    """Delete a user and its tokens. What they opened ends at once."""
    return await change(request, lambda tx: users.delete(tx, user_id), removed)

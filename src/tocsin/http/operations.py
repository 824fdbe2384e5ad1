"""/api/v1/operations."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, NamedTuple, Self

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import operations
from tocsin.app.idempotency import Answer
from tocsin.http.body import Body
from tocsin.http.changes import change, created, done
from tocsin.http.listing import Listing, Page, written
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import Code
from tocsin.model.operation import ID_PATTERN, Operation, Outcome, Run, State
from tocsin.store import operations as rows
from tocsin.store.tx import Tx

routes = Routes("operations")

OperationId = Annotated[str, Field(pattern=f"^{ID_PATTERN}$")]


class OperationIn(Body):
    """An operation to be opened. Without an `id` one is made up; without a `name` it keeps its."""

    id: OperationId | None = None
    name: str = Field(default="", max_length=255)


class FinishIn(Body):
    """How an operation ended."""

    outcome: Literal["success", "error"]


class RunOut(BaseModel):
    """A run of an operation, with how many messages were told in it. While its end is reported and
    it is not closed yet, it has an `outcome` and no `closed_at`."""

    run: int
    outcome: Outcome | None
    opened_at: int
    closed_at: int | None
    messages: int

    @classmethod
    def of(cls, run: Run) -> Self:
        """As the API shows it."""
        return cls(
            run=run.number,
            outcome=run.outcome,
            opened_at=run.opened_at,
            closed_at=run.closed_at,
            messages=run.messages,
        )


class OperationOut(BaseModel):
    """An operation, with its newest runs, the last one last. `url` is its stream."""

    id: str
    name: str
    url: str
    state: State
    runs: list[RunOut]


class Shown(NamedTuple):
    """An operation, with those of its runs that are shown."""

    operation: Operation
    runs: Sequence[Run]

    def out(self, base: str) -> OperationOut:
        """As the API shows it; `base` is the service's address."""
        operation = self.operation
        return OperationOut(
            id=operation.id,
            name=operation.name,
            url=f"{base}/events?stream={operation.id}",
            state=operation.state,
            runs=[RunOut.of(run) for run in self.runs],
        )


def _shown(conn: Connection, some: Iterable[Operation]) -> list[Shown]:
    found = list(some)
    runs = rows.newest_runs(conn, [one.id for one in found])
    return [Shown(one, runs[one.id]) for one in found]


@routes.get("/operations", answers=Listing[OperationOut])
async def list_operations(request: Request, page: Page) -> Listing[OperationOut]:
    """Every operation, the one that was opened last first."""
    services = services_of(request)
    found = await services.store.read(
        lambda conn: _shown(conn, rows.listing(conn, page.before_sequence, page.fetch))
    )
    return page.page(
        found,
        lambda one: written(one.operation.last.opened),
        lambda one: one.out(services.url),
    )


@routes.post("/operations", Scope.OPERATIONS_WRITE, answers=OperationOut, or_there=True)
async def open_operation(request: Request, given: OperationIn) -> Response:
    """Open an operation: 201, or 200 when it is open already. Its next run begins."""
    base = services_of(request).url

    def unit(tx: Tx) -> tuple[Shown, bool]:
        opened = operations.open_(tx, given.id or tx.new_id(), given.name)
        return _shown(tx.conn, [opened.operation])[0], opened.now

    def answer(made: tuple[Shown, bool]) -> Answer:
        shown, now = made
        return (created if now else done)(shown.out(base), shown.operation.id)

    return await change(request, unit, answer)


@routes.get("/operations/{operation_id}", answers=OperationOut)
async def show_operation(request: Request, operation_id: str) -> OperationOut:
    """One operation, with its newest runs."""
    services = services_of(request)
    found = await services.store.read(
        lambda conn: _shown(conn, [operations.get(conn, operation_id)])[0]
    )
    return found.out(services.url)


@routes.post(
    "/operations/{operation_id}/finish",
    Scope.OPERATIONS_WRITE,
    answers=OperationOut,
    status=200,
    refuses=(Code.OPERATION_CLOSED,),
)
async def finish_operation(request: Request, operation_id: str, given: FinishIn) -> Response:
    """Close an operation's run; asking again with the same outcome changes nothing."""
    base = services_of(request).url

    def unit(tx: Tx) -> Shown:
        return _shown(tx.conn, [operations.finish(tx, operation_id, Outcome(given.outcome))])[0]

    return await change(request, unit, lambda shown: done(shown.out(base), operation_id))

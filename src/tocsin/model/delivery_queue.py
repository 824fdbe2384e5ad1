"""The line of those deliveries to an endpoint that have one key (spec: webhooks, "Delivery")."""

from dataclasses import dataclass
from typing import assert_never

from tocsin.model.delivery import State
from tocsin.model.endpoint import Order


@dataclass(slots=True)
class Queued:
    """A delivery in its line; the fields are those of `model.delivery.Delivery`."""

    id: str
    sequence: int
    state: State
    superseded: int = 0


# The unfinished deliveries of one key to one endpoint. In strict order those that wait may be left
# out, since each of them waits behind one that does not.
Line = list[Queued]


def join(line: Line, new: Queued, order: Order) -> None:
    """Put a new delivery into its line: whether it may be sent is its state afterwards.

    Where newer ones supersede, so are the ones in the line that it takes the place of, or it is
    itself, when an older event is told again. `superseded` is then handed on.
    """
    match order:
        case Order.NONE:
            new.state = State.PENDING
        case Order.STRICT:
            new.state = State.WAITING if line else State.PENDING
            line.append(new)
        case Order.SUPERSEDE:
            _supersede(line, new)
        case _:
            assert_never(order)


def _supersede(line: Line, new: Queued) -> None:
    if any(one.sequence > new.sequence for one in line):
        new.state = State.SUPERSEDED
        return
    sending = [one for one in line if one.state is State.SENDING]
    passed = [one for one in line if one.state is not State.SENDING]
    for one in passed:
        one.state = State.SUPERSEDED
    # Not the sum: what is told again may have been counted when it was told first.
    new.superseded = max(new.superseded, sum(one.superseded + 1 for one in passed))
    new.state = State.WAITING if sending else State.PENDING
    line[:] = [*sending, new]

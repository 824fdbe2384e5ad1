"""What the events about operations carry, as JSON."""

import msgspec

from tocsin.model.operation import Operation, Outcome


class MessageData(msgspec.Struct, frozen=True, gc=False):
    """The data of `tocsin.operation.message`: in which run, and the message as it goes out."""

    run: int
    message: msgspec.Raw


class RunData(msgspec.Struct, frozen=True, gc=False):
    """One run of an operation; times are Unix seconds."""

    id: str
    name: str
    run: int
    outcome: Outcome | None
    opened_at: int
    closed_at: int | None
    messages: int


class OperationData(msgspec.Struct, frozen=True, gc=False):
    """The data of `tocsin.operation.opened` and `tocsin.operation.closed`."""

    operation: RunData


def of_message(run: int, message: bytes) -> bytes:
    """The data of an event with a message, which is a JSON object and stays as it is."""
    return b'{"run":%d,"message":%b}' % (run, message)


def of_run(operation: Operation) -> bytes:
    """The data of an event about the opening or closing of an operation's last run."""
    run = operation.last
    data = RunData(
        id=operation.id,
        name=operation.name,
        run=run.number,
        outcome=run.outcome,
        opened_at=run.opened_at,
        closed_at=run.closed_at,
        messages=run.messages,
    )
    return msgspec.json.encode(OperationData(data))


_decode_message = msgspec.json.Decoder(MessageData).decode
_decode_operation = msgspec.json.Decoder(OperationData).decode


def read_message(data: bytes) -> MessageData:
    """What an event with a message carries; the message itself is not parsed."""
    return _decode_message(data)


def read_run(data: bytes) -> RunData:
    """The run that an event about its opening or closing carries."""
    return _decode_operation(data).operation

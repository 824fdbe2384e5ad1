"""What is still to be told to the server: bounded, oldest first."""

from collections import deque

import msgspec

# As the server takes them: so many at once, within its limit of 1 MiB a body.
_MOST_MESSAGES = 1_000
_MOST_BYTES = 512 * 1024


class Backlog:
    """Messages of an operation that have not been sent. When there are more than `room` bytes of
    them, the oldest give way, and a message in their place says how many they were. `size` is how
    many bytes there are."""

    def __init__(self, room: int) -> None:
        self.size = 0
        self._room = room
        self._messages: deque[bytes] = deque()
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, body: str, level: str) -> None:
        """One message more, as the newest."""
        self._messages.append(_encoded(body, level))
        self.size += len(self._messages[-1])
        while self.size > self._room:
            self.size -= len(self._messages.popleft())
            self._left_out += 1

    def take(self) -> list[msgspec.Raw]:
        """The oldest, as many as one request has room for; they are no longer in here."""
        taken: list[bytes] = []
        if self._left_out:
            taken.append(_encoded(f"({self._left_out} messages are left out here)", ""))
            self._left_out = 0
        size = 0
        while self._messages and len(taken) < _MOST_MESSAGES:
            size += len(self._messages[0])
            if size > _MOST_BYTES and taken:
                break
            taken.append(self._messages.popleft())
            self.size -= len(taken[-1])
        return [msgspec.Raw(each) for each in taken]


def _encoded(body: str, level: str) -> bytes:
    return msgspec.json.encode({"body": body, "level": level})

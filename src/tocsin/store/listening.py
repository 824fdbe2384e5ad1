"""The endpoints that what happens is told to, remembered by the writer between its transactions."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tocsin.model.endpoint import Endpoint
from tocsin.store import endpoints


class Listening:
    """The endpoints as of one `log.endpoints`.

    Only what is committed is remembered: the number of a change that was rolled back will be that
    of another.
    """

    def __init__(self) -> None:
        self._version = 0
        self._endpoints: Sequence[Endpoint] = ()

    def as_of(self, version: int, conn: Connection) -> Sequence[Endpoint]:
        """Those of that version, which is committed. `conn` has not changed any."""
        if version != self._version:
            self._endpoints = endpoints.listening(conn)
            self._version = version
        return self._endpoints

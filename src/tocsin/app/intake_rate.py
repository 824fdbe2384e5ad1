"""How many alerts an integration may bring a second."""

from tocsin.app.throttle import TooOften
from tocsin.model.clock import Clock
from tocsin.model.rate import Spent, spend


class IntakeRate:
    """Lets each integration bring `per_s` alerts a second; 0: as many as it likes. Lives on the
    loop; of several nodes each counts for itself."""

    def __init__(self, clock: Clock, per_s: int) -> None:
        self._clock = clock
        self._per_s = per_s
        self._spent: dict[str, Spent] = {}

    def check(self, integration_id: str, alerts: int = 1) -> None:
        """Let these alerts in, of one push. Raises `TooOften`: none of them."""
        if not self._per_s:
            return
        before = self._spent.get(integration_id, Spent())
        after, wait_ms = spend(before, alerts, self._per_s, self._clock.now_ms())
        self._spent[integration_id] = after
        if wait_ms:
            raise TooOften(-(-wait_ms // 1_000))

    def forget(self, integration_id: str) -> None:
        """An integration is deleted."""
        self._spent.pop(integration_id, None)

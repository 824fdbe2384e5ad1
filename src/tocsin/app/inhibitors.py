"""The alerts of a channel that may keep others out, while a unit of work goes on."""

from collections.abc import Iterator

from tocsin.model.alert import Alert, facts
from tocsin.model.inhibition import WITHIN, Source
from tocsin.store import inhibitors
from tocsin.store.tx import Tx


class Inhibitors:
    """Knows them when asked, and what the unit has heard but not written yet."""

    def __init__(self, tx: Tx, channel_id: int) -> None:
        self._tx = tx
        self._channel_id = channel_id
        self._heard: dict[str, Alert] = {}
        self._new: set[str] = set()
        self._sources: dict[str, Source] | None = None

    def hear(self, alert: Alert, *, new: bool) -> None:
        """The alert is like this now; `new`: it is not in the database."""
        self._heard[alert.id] = alert
        if new:
            self._new.add(alert.id)
        if self._sources is not None:
            self._sources = _with(self._sources, alert, new) if self._known(alert) else None

    def others(self, alert: Alert) -> Iterator[Source]:
        """All but the alert itself. They are read when the first is asked for."""
        if self._sources is None:
            self._sources = self._read()
        for alert_id, source in self._sources.items():
            if alert_id != alert.id:
                yield source

    def _known(self, alert: Alert) -> bool:
        return alert.id in self._new or alert.id in (self._sources or {})

    def _read(self) -> dict[str, Source]:
        since = self._tx.now - WITHIN
        sources = inhibitors.active(self._tx.conn, self._channel_id, since, self._heard)
        for alert in self._heard.values():
            sources = _with(sources, alert, alert.id in self._new)
        return sources


def _with(sources: dict[str, Source], alert: Alert, new: bool) -> dict[str, Source]:
    """Who is neither new nor among them has been acknowledged."""
    if not alert.open:
        sources.pop(alert.id, None)
    elif new or alert.id in sources:
        sources[alert.id] = Source(facts(alert), alert.last_time)
    return sources

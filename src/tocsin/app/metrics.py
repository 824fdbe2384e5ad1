"""What the process counts, for Prometheus.

Counting is adding to plain numbers; everything else is done when somebody asks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

import tocsin
from tocsin.app.alert_intake import Source as AlertSource
from tocsin.app.bus_state import BusState
from tocsin.app.delivering import Made
from tocsin.app.operation_intake import Fate, Source
from tocsin.model.alert import Effect
from tocsin.model.delivery import State
from tocsin.model.errors import Code
from tocsin.model.event import Change
from tocsin.model.subscriber import Medium
from tocsin.model.trying import Result
from tocsin.push.hub import Hub
from tocsin.store import delivery_log
from tocsin.store.store import Store, StoreUnavailable

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From when a delivery was due to when it was first begun, in seconds.
_WAITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics(Collector):
    """The process's numbers. Every name is documented in docs/reference/metrics.md.

    `answers` counts HTTP answers by status, `messages` what became of those to subscribers,
    `tellings` of those to people about incidents, `operation_messages` of those about operations;
    they are added to by whoever gives, sends and takes them, `alert_events` what those of alerts
    did and `alert_refusals` pushes of them. `bus` is how reading NATS goes.
    """

    def __init__(self, store: Store, hub: Hub) -> None:
        self.answers: Counter[int] = Counter()
        self.messages: Counter[tuple[Medium, Result]] = Counter()
        self.tellings: Counter[Result] = Counter()
        self.operation_messages: Counter[tuple[Source, Fate]] = Counter()
        self.bus = BusState()
        self.alert_events: Counter[tuple[AlertSource, Effect]] = Counter()
        self.alert_refusals: Counter[tuple[AlertSource, Code]] = Counter()
        self._attempts: Counter[str] = Counter()
        self._queue: Mapping[State, int] = {}
        self._store = store
        self._hub = hub
        self._events = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        self._commits = Histogram(
            "tocsin_commit_changes",
            "Changes written by one commit.",
            buckets=_BATCHES,
            registry=self._registry,
        )

        self._waits = Histogram(
            "tocsin_webhook_wait_seconds",
            "From when a delivery was due to its first attempt.",
            buckets=_WAITS,
            registry=self._registry,
        )

    def on_attempt(self, made: Made) -> None:
        """Count an attempt to deliver something to an endpoint. Called on the loop."""
        delivery, exchange = made.claimed.delivery, made.exchange
        self._attempts[exchange.outcome] += 1
        if not delivery.tries:
            self._waits.observe((exchange.started_at_ms - delivery.due_ms) / 1_000)

    def on_commit(self, changes: Sequence[Change]) -> None:
        """Count what one commit wrote. Called on the loop, once for each commit."""
        self._events += sum(map(len, changes))
        self._commits.observe(len(changes))

    async def render(self) -> bytes:
        """All of it in Prometheus' text format; without what is in the database while that is
        away."""
        try:
            self._queue = await self._store.read(delivery_log.queue)
        except StoreUnavailable:
            self._queue = {}
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """What is read off the parts when asked for."""
        yield from self._of_the_log()
        yield from self._of_the_streams()
        answers = (((status,), count) for status, count in self.answers.items())
        yield _counted("tocsin_http_answers", "HTTP answers.", ["status"], answers)
        yield _counted(
            "tocsin_messages",
            "Messages to subscribers.",
            ["medium", "result"],
            self.messages.items(),
        )
        tellings = (((result,), count) for result, count in self.tellings.items())
        yield _counted(
            "tocsin_tellings", "What people were told of incidents.", ["result"], tellings
        )
        yield _counted(
            "tocsin_operation_messages",
            "Messages of operations.",
            ["source", "fate"],
            self.operation_messages.items(),
        )
        yield from self._of_the_bus()
        yield from self._of_the_alerts()
        yield from self._of_the_endpoints()

    def _of_the_alerts(self) -> Iterable[Metric]:
        yield _counted(
            "tocsin_alert_events",
            "Events of alerts.",
            ["source", "effect"],
            self.alert_events.items(),
        )
        yield _counted(
            "tocsin_alert_refusals",
            "Pushes of alerts refused.",
            ["source", "code"],
            self.alert_refusals.items(),
        )

    def _of_the_endpoints(self) -> Iterable[Metric]:
        attempts = (((outcome,), count) for outcome, count in self._attempts.items())
        yield _counted(
            "tocsin_webhook_attempts", "Attempts to tell endpoints.", ["outcome"], attempts
        )
        queue = GaugeMetricFamily(
            "tocsin_webhook_deliveries", "Deliveries that have not ended.", labels=["state"]
        )
        for state, number in self._queue.items():
            queue.add_metric([state], number)
        yield queue

    def _of_the_bus(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "tocsin_bus_reading", "Whether this node reads NATS.", int(self.bus.reading)
        )
        yield _counted(
            "tocsin_bus_frames", "Messages from NATS.", ["subject", "fate"], self.bus.frames.items()
        )

    def _of_the_log(self) -> Iterable[Metric]:
        build = GaugeMetricFamily("tocsin_build_info", "The version, always 1.", labels=["version"])
        build.add_metric([tocsin.__version__], 1)
        yield build
        yield CounterMetricFamily(
            "tocsin_events", "Events committed by this process.", self._events
        )
        yield GaugeMetricFamily(
            "tocsin_log_head", "The sequence of the newest event.", self._store.head
        )
        yield GaugeMetricFamily(
            "tocsin_log_first_available",
            "The sequence of the oldest event that retention has left.",
            self._store.first_available,
        )

    def _of_the_streams(self) -> Iterable[Metric]:
        hub, counts = self._hub, self._hub.counts
        yield GaugeMetricFamily("tocsin_subscribers", "Open streams.", len(hub.streams))
        yield GaugeMetricFamily("tocsin_feeds", "Feeds that somebody is in.", len(hub.feeds))
        yield CounterMetricFamily(
            "tocsin_deliveries",
            "Writes of one or more frames to one subscriber.",
            counts.deliveries,
        )
        yield CounterMetricFamily(
            "tocsin_flushes",
            "Times a feed wrote what was pending to all its subscribers.",
            counts.flushes,
        )
        yield CounterMetricFamily(
            "tocsin_slow_readers", "Times a subscriber was too slow and fell back.", counts.stalls
        )
        refused = (((code,), count) for code, count in hub.gate.refused.items())
        yield _counted("tocsin_refused", "Streams refused.", ["code"], refused)


def _counted(
    name: str, about: str, labels: Sequence[str], counts: Iterable[tuple[Iterable[object], int]]
) -> Metric:
    """A counter with a sample for each of the counts, by the values of its labels."""
    family = CounterMetricFamily(name, about, labels=labels)
    for values, count in sorted(([str(each) for each in one], count) for one, count in counts):
        family.add_metric(values, count)
    return family

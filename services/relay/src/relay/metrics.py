"""What the relay counts: how much it published, how far behind it is."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from ordersync_contracts.envelope import Recorded
from runtime.clock import Clock


class Metrics:
    """The relay's metrics; a standby measures the lag too, also while nobody leads."""

    def __init__(self, registry: CollectorRegistry, clock: Clock) -> None:
        self._clock = clock
        self._published = Counter(
            "relay_events_published", "Events acknowledged by Kafka", registry=registry
        )
        self._lag_seconds = Gauge(
            "relay_lag_seconds", "Age of the newest published event when it was", registry=registry
        )
        self._position = Gauge(
            "relay_position", "Position up to which every event is in Kafka", registry=registry
        )
        self._lag_events = Gauge(
            "relay_lag_events", "Positions not yet in Kafka", registry=registry
        )
        self._leads = Gauge("relay_leads", "1 while this process leads", registry=registry)

    def published(self, page: Sequence[Recorded]) -> None:
        """A page is in Kafka and the checkpoint has moved."""
        newest = page[-1]
        self._published.inc(len(page))
        self._position.set(newest.position)
        self._lag_seconds.set((self._clock() - newest.recorded_at).total_seconds())

    def measured(self, head: int, published_to: int) -> None:
        """The store's newest position, and up to which one every event is in Kafka."""
        self._lag_events.set(max(0, head - published_to))

    def leads(self, *, leading: bool) -> None:
        """Whether this process leads."""
        self._leads.set(int(leading))

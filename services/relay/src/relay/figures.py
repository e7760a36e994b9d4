"""What the relay counts: how much it published, how far behind it is."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from contracts.envelope import Recorded
from runtime.clock import Clock


class Figures:
    """The relay's metrics; lag in events is set by whoever knows the store's head."""

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
        self._at = 0

    def published(self, page: Sequence[Recorded]) -> None:
        """A page is in Kafka and the checkpoint has moved."""
        newest = page[-1]
        self._at = newest.position
        self._published.inc(len(page))
        self._position.set(newest.position)
        self._lag_seconds.set((self._clock() - newest.recorded_at).total_seconds())

    def measured(self, head: int) -> None:
        """The store's newest position now."""
        self._lag_events.set(max(0, head - self._at))

    def leads(self, *, leading: bool) -> None:
        """Whether this process leads."""
        self._leads.set(int(leading))

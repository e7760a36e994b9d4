"""What the relay counts: how much it published, how far behind it is."""

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
        self._set_aside = Gauge(
            "relay_events_set_aside",
            "Events whose topic this version does not know: a newer relay publishes them",
            registry=registry,
        )
        self._leads = Gauge("relay_leads", "1 while this process leads", registry=registry)

    def made_up(self, events: int) -> None:
        """So many that had been set aside are in Kafka."""
        self._published.inc(events)

    def moved(self, newest: Recorded, published: int) -> None:
        """The checkpoint has moved to this event; so many before it, and it, are in Kafka."""
        self._published.inc(published)
        self._position.set(newest.position)
        self._lag_seconds.set((self._clock() - newest.recorded_at).total_seconds())

    def measured(self, head: int, published_to: int, set_aside: int) -> None:
        """The store's newest position; up to which one all is in Kafka but what is set aside."""
        self._lag_events.set(max(0, head - published_to))
        self._set_aside.set(set_aside)

    def leads(self, *, leading: bool) -> None:
        """Whether this process leads."""
        self._leads.set(int(leading))

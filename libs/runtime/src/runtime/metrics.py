"""What a service counts, in Prometheus terms; shown at ``/metrics``.

Labels are names of groups, topics and error types, never ids: their number stays small.
"""

from prometheus_client import (
    GC_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    generate_latest,
)


def new_registry() -> CollectorRegistry:
    """A registry of one's own (nothing global), with the figures of the process and its GC."""
    registry = CollectorRegistry(auto_describe=True)
    registry.register(PROCESS_COLLECTOR)
    registry.register(GC_COLLECTOR)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """The registry in Prometheus' text format."""
    return generate_latest(registry)


class DeliveryMetrics:
    """What happened to polled records; one instance per registry, shared by all groups."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *more_labels: str) -> Counter:
            return Counter(name, text, ("group", *more_labels), registry=registry)

        self.handled = counter("kafka_records_handled", "Records handled and committed")
        self.dead = counter("kafka_records_dead", "Records sent to the dead topic")
        self.tombstones = counter(
            "kafka_tombstones", "Records without a value, passed over: nobody of us writes them"
        )
        self.put_back = counter(
            "kafka_batches_put_back", "Batches put back after a fault outside them", "error"
        )
        self.held = counter(
            "kafka_records_held", "Waits of a record that met a fault which passes", "error"
        )
        self.waiting = counter("kafka_newer_version_waits", "Waits for a newer reader")
        self.lag = Gauge(
            "kafka_lag_records",
            "Records in this member's partitions that are not yet handled",
            ("group",),
            registry=registry,
        )

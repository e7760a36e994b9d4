"""What a service counts, in Prometheus terms; shown at ``/metrics``.

Labels are names of groups, topics and error types, never ids: their number stays small.
"""

from prometheus_client import (
    GC_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
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
        group = ("group",)
        self.handled = Counter(
            "kafka_records_handled", "Records handled and committed", group, registry=registry
        )
        self.dead = Counter(
            "kafka_records_dead", "Records sent to the dead topic", group, registry=registry
        )
        self.put_back = Counter(
            "kafka_batches_put_back",
            "Batches put back after a fault outside the record",
            ("group", "error"),
            registry=registry,
        )
        self.waiting = Counter(
            "kafka_newer_version_waits",
            "Times a partition waited for a newer reader",
            group,
            registry=registry,
        )
        self.seconds = Histogram(
            "kafka_batch_seconds", "From poll to commit of a batch", group, registry=registry
        )
        self.lag = Gauge(
            "kafka_lag_records",
            "Records in this member's partitions that are not yet handled",
            group,
            registry=registry,
        )

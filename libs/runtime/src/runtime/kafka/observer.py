"""What delivery tells the outside: logs, metrics, the watchdog, and whether the group is ready."""

from collections.abc import Iterable, Mapping, Sequence

import structlog
from aiokafka import TopicPartition

from runtime.health import Watchdog
from runtime.kafka.dead import Dead
from runtime.kafka.record import Raw
from runtime.metrics import DeliveryMetrics

log = structlog.get_logger()


class Observer:
    """Speaks for one consumer group of this process."""

    def __init__(self, group: str, watchdog: Watchdog, metrics: DeliveryMetrics) -> None:
        self.group = group
        self._fault: str | None = None
        self._unanswered = False
        self._watchdog = watchdog
        self._metrics = metrics

    @property
    def trouble(self) -> str | None:
        """Why the group does not get on, in a sentence; None while it does."""
        if self._fault is not None:
            return f"batches are put back: {self._fault}"
        return "Kafka does not answer" if self._unanswered else None

    def polled(self) -> None:
        """A batch arrived."""
        self._watchdog.moved(self.group)

    def settled(self, handled: int, dead: Sequence[Dead], tombstones: Sequence[Raw] = ()) -> None:
        """A batch is done and committed."""
        self._fault = None
        self._watchdog.moved(self.group)
        self._metrics.handled.labels(self.group).inc(handled)
        for record in dead:
            self._metrics.dead.labels(self.group).inc()
            log.error(
                "kafka.record_dead", **_place(record.raw), reason=record.reason, group=self.group
            )
        for raw in tombstones:
            self._metrics.tombstones.labels(self.group).inc()
            log.warning("kafka.tombstone_passed_over", **_place(raw), group=self.group)

    def waits(self, waiting: Mapping[TopicPartition, int]) -> None:
        """Partitions wait at a record newer than this reader."""
        self._metrics.waiting.labels(self.group).inc(len(waiting))
        for partition, offset in waiting.items():
            log.warning(
                "kafka.newer_version_waits",
                group=self.group,
                topic=partition.topic,
                partition=partition.partition,
                offset=offset,
            )

    def held(self, passing: Iterable[tuple[Raw, Exception]]) -> None:
        """Records met a fault that passes; their partitions wait at them."""
        for raw, error in passing:
            self._metrics.held.labels(self.group, type(error).__name__).inc()
            log.warning("kafka.record_held", **_place(raw), group=self.group, exc_info=error)

    def put_back(self, error: Exception, attempt: int, delay: float) -> None:
        """A batch was put back because of a fault outside its records."""
        self._fault = f"{type(error).__name__}, attempt {attempt}"
        self._watchdog.moved(self.group)
        self._metrics.put_back.labels(self.group, type(error).__name__).inc()
        log.warning(
            "kafka.batch_put_back",
            group=self.group,
            attempt=attempt,
            next_attempt_s=round(delay, 3),
            exc_info=error,
        )

    def taken_over(self, records: int) -> None:
        """The group moved on while the batch was handled: another member gets it again."""
        self._watchdog.moved(self.group)
        log.warning("kafka.batch_taken_over", group=self.group, records=records)

    def measured(self, lag: int | None, *, waits: bool = False) -> None:
        """How many records of this member's partitions are not yet handled; None: not known.

        ``waits``: it is not its turn to take them, so the watchdog does not expect it to move.
        """
        self._unanswered = lag is None
        self._watchdog.measured(self.group, 0 if waits else lag)
        if lag is not None:
            self._metrics.lag.labels(self.group).set(lag)


def _place(raw: Raw) -> dict[str, object]:
    return {"topic": raw.topic, "partition": raw.partition, "offset": raw.offset}

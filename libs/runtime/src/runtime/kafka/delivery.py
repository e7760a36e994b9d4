"""One polled batch, taken to its end: handled, dead-lettered, or put back; then committed once.

- A record that cannot be read, or that fails alone, goes to the dead topic; the rest goes on.
- A record of a newer version waits: its partition stops there and looks again after a while.
- So does a record that met a fault which passes (``policy.is_passing``), for a growing time.
- A fault outside the records puts the whole batch back and pauses every partition of the member
  for a growing time. Nothing is committed and nothing is lost; some may be handled twice.
- What is committed are the offsets this batch settled, never the consumer's position.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from runtime.kafka.dead import Dead
from runtime.kafka.holds import (
    Consumer,
    Later,
    first_offsets,
    pause,
    put_back,
    to_partition,
)
from runtime.kafka.observer import Observer
from runtime.kafka.plan import Decode, Handle, handle_each, hold, to_plan
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.randomness import Chance

T = TypeVar("T")
Bury = Callable[[Sequence[Dead]], Awaitable[None]]
"""Puts records into the dead topic; returns when they are stored there."""


@dataclass(slots=True)
class Delivery(Generic[T]):
    """Delivers one subscriber's batches, one at a time."""

    decode: Decode[T]
    handle: Handle[T]
    bury: Bury
    policy: DeliveryPolicy
    observer: Observer
    chance: Chance
    later: Later
    in_flight: dict[TopicPartition, int] = field(default_factory=dict, init=False)
    _failures: int = field(default=0, init=False)
    _held: dict[TopicPartition, int] = field(default_factory=dict, init=False)

    async def deliver(self, consumer: Consumer, batch: Sequence[Raw]) -> None:
        """Take the batch to its end. Raises nothing but a cancellation, which commits nothing."""
        self.in_flight = first_offsets(batch)
        try:
            await self._deliver(consumer, batch)
        except CommitFailedError:
            self.observer.taken_over(len(batch))
        except Exception as error:  # noqa: BLE001 - nothing may be lost, whatever went wrong
            self._retry(consumer, error)
        finally:
            self.in_flight = {}

    async def _deliver(self, consumer: Consumer, batch: Sequence[Raw]) -> None:
        plan = to_plan(batch, self.decode)
        failed = await handle_each(plan.items, self.handle, self.policy)
        held = hold(plan, failed)
        settled = [raw for raw, _ in plan.items if raw.offset < plan.committable[to_partition(raw)]]
        dead = [
            record
            for record in (*plan.dead, *failed.dead)
            if record.raw.offset < plan.committable[to_partition(record.raw)]
        ]
        if dead:
            await self.bury(dead)
        if committable := self._news(plan.committable):
            await consumer.commit(committable)
        self._failures = 0
        self.observer.settled(len(settled) - len(failed.dead), dead, plan.tombstones)
        self._wait(consumer, plan.waiting, held)
        self.observer.held(failed.passing.values())

    def _news(self, committable: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Without the partitions of which nothing is settled: there is nothing to commit."""
        return {p: n for p, n in committable.items() if n > self.in_flight[p]}

    def _wait(
        self,
        consumer: Consumer,
        newer: Mapping[TopicPartition, int],
        held: Mapping[TopicPartition, int],
    ) -> None:
        """The partitions that cannot go on begin again at their record after a while."""
        if newer:
            put_back(consumer, newer)
            self.later(self.policy.newer_version_wait_s, pause(consumer, newer.keys()))
            self.observer.waits(newer)
        put_back(consumer, held)
        others = {p: times for p, times in self._held.items() if p not in self.in_flight}
        self._held = others | {p: self._held.get(p, 0) + 1 for p in held}
        for partition in held:
            delay = self.policy.backoff.delay(self._held[partition], self.chance)
            self.later(delay, pause(consumer, [partition]))

    def _retry(self, consumer: Consumer, error: Exception) -> None:
        self._failures += 1
        delay = self.policy.backoff.delay(self._failures, self.chance)
        put_back(consumer, self.in_flight)
        self.later(delay, pause(consumer, consumer.assignment()))
        self.observer.put_back(error, self._failures, delay)

"""What is to be done with one polled batch, decided record by record before anything is done."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from aiokafka import TopicPartition

from runtime.kafka.dead import Dead
from runtime.kafka.holds import to_partition
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import NewerVersion, Raw, Record, Undecodable, to_record

T = TypeVar("T")
Decode = Callable[[Record], T]
Handle = Callable[[Sequence[T]], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """A batch, sorted. ``committable`` is per partition the offset after its last record that is
    settled by this batch; ``waiting`` the offset of a record that only a newer reader can read:
    it and everything behind it in its partition are not part of the batch. ``tombstones`` are
    records without a value: there is nothing in them to decide on.
    """

    items: list[tuple[Raw, T]] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    tombstones: list[Raw] = field(default_factory=list)
    committable: dict[TopicPartition, int] = field(default_factory=dict)
    waiting: dict[TopicPartition, int] = field(default_factory=dict)


def to_plan(batch: Iterable[Raw], decode: Decode[T]) -> Plan[T]:
    """Decode each record by itself: one that cannot be read never takes the others with it."""
    plan: Plan[T] = Plan()
    for raw in batch:
        partition = to_partition(raw)
        if partition in plan.waiting:
            continue
        try:
            _place(raw, decode, plan)
        except NewerVersion:
            plan.waiting[partition] = raw.offset
        else:
            plan.committable[partition] = raw.offset + 1
    return plan


def _place(raw: Raw, decode: Decode[T], plan: Plan[T]) -> None:
    if raw.value is None:
        plan.tombstones.append(raw)
        return
    try:
        plan.items.append((raw, decode(to_record(raw))))
    except NewerVersion:
        raise
    except Undecodable as undecodable:
        plan.dead.append(Dead(raw, undecodable.reason))
    except Exception as error:  # noqa: BLE001 - whatever a decoder raises, the rest goes on
        plan.dead.append(Dead(raw, f"decode_failed:{type(error).__name__}"))


@dataclass(frozen=True, slots=True)
class Failed(Generic[T]):
    """Records that failed alone: ``dead`` for good, ``passing`` by a fault that passes."""

    dead: list[Dead] = field(default_factory=list)
    passing: dict[TopicPartition, tuple[Raw, Exception]] = field(default_factory=dict)

    def without_held(self, items: Sequence[tuple[Raw, T]]) -> list[tuple[Raw, T]]:
        """Without those behind a record whose fault passes: they come again with it, in order."""
        return [item for item in items if to_partition(item[0]) not in self.passing]


async def handle_each(
    items: Sequence[tuple[Raw, T]], handle: Handle[T], policy: DeliveryPolicy
) -> Failed[T]:
    """Handle all in one call; if that fails, halve until the records that fail stand alone.

    Returns those. A fault of the infrastructure is raised: then nothing is known to be handled.
    """
    failed: Failed[T] = Failed()
    await _halve(items, handle, policy, failed)
    return failed


async def _halve(
    items: Sequence[tuple[Raw, T]], handle: Handle[T], policy: DeliveryPolicy, failed: Failed[T]
) -> None:
    items = failed.without_held(items)
    if not items:
        return
    try:
        await handle([decoded for _, decoded in items])
    except Exception as error:
        if policy.is_infrastructure(error):
            raise
        if len(items) == 1:
            _judge(items[0][0], error, policy, failed)
            return
    else:
        return
    middle = len(items) // 2
    await _halve(items[:middle], handle, policy, failed)
    await _halve(items[middle:], handle, policy, failed)


def _judge(raw: Raw, error: Exception, policy: DeliveryPolicy, failed: Failed[T]) -> None:
    if policy.is_passing(error):
        failed.passing[to_partition(raw)] = (raw, error)
        return
    log.error("kafka.record_failed", exc_info=error)
    failed.dead.append(Dead(raw, f"handler_failed:{type(error).__name__}"))


def hold(plan: Plan[T], failed: Failed[T]) -> dict[TopicPartition, int]:
    """Nothing is settled from a record on whose fault passes; where those partitions go on."""
    places = {partition: raw.offset for partition, (raw, _) in failed.passing.items()}
    for partition, offset in places.items():
        plan.committable[partition] = offset
        plan.waiting.pop(partition, None)
    return places

"""What is to be done with one polled batch, decided record by record before anything is done."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from aiokafka import TopicPartition

from runtime.kafka.dead import Dead
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
        partition = TopicPartition(raw.topic, raw.partition)
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


async def handle_each(
    items: Sequence[tuple[Raw, T]],
    handle: Handle[T],
    is_infrastructure: Callable[[BaseException], bool],
) -> list[Dead]:
    """Handle all in one call; if that fails, halve until the records that fail stand alone.

    Returns those. A fault of the infrastructure is raised: then nothing is known to be handled.
    """
    if not items:
        return []
    try:
        await handle([decoded for _, decoded in items])
    except Exception as error:
        if is_infrastructure(error):
            raise
        if len(items) == 1:
            log.exception("kafka.record_failed")
            return [Dead(items[0][0], f"handler_failed:{type(error).__name__}")]
    else:
        return []
    middle = len(items) // 2
    first = await handle_each(items[:middle], handle, is_infrastructure)
    return first + await handle_each(items[middle:], handle, is_infrastructure)

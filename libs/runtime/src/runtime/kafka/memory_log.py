"""Topics in memory, and the part of aiokafka's producer that ``Publisher`` uses."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, MessageSizeTooLargeError

from runtime.kafka.record import Raw

BATCH_BYTES: Final = 256 * 1024
LARGEST_BYTES: Final = 1_048_588
"""Of one batch: Kafka's default of the topic setting max.message.bytes."""
Outcome = Literal["", "fail", "fail_after"]
Interruption = Callable[[str], Awaitable[Outcome]]
"""Told a client's id before its call; "fail": nothing is carried out; "fail_after": all of it is,
and the client hears of a failure."""
_Appended = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]


def fault() -> Exception:
    """What a client hears when a call of it fails."""
    told: Exception = KafkaConnectionError("connection was closed: fault")
    return told


@dataclass(slots=True)
class PartitionLog:
    """One partition; offsets grow for ever, whatever is trimmed."""

    place: TopicPartition
    begin: int = 0
    records: list[Raw] = field(default_factory=list)

    @property
    def end(self) -> int:
        """The offset of the next record."""
        return self.begin + len(self.records)

    def append(self, appended: Sequence[_Appended], timestamp_ms: int) -> None:
        """Store the records, in order."""
        topic, partition = self.place
        for key, value, headers in appended:
            sizes = (len(key or b""), len(value or b""))
            self.records.append(
                ConsumerRecord(
                    *(topic, partition, self.end, timestamp_ms, 0, key, value, None),
                    *sizes,
                    tuple(headers),
                )
            )

    def read(self, offset: int, limit: int) -> list[Raw]:
        """Up to so many records from the offset on, or from the earliest that is there."""
        start = max(0, offset - self.begin)
        return self.records[start : start + limit]

    def trim(self, before: int) -> int:
        """Records before the offset are gone; returns how many."""
        gone = max(0, min(before, self.end) - self.begin)
        del self.records[:gone]
        self.begin += gone
        return gone


class Batch:
    """Records for one partition, as aiokafka's BatchBuilder takes them (sizes: uncompressed)."""

    def __init__(self) -> None:
        self.appended: list[_Appended] = []
        self.size = 0
        self._is_closed = False

    def append(
        self,
        *,
        timestamp: float | None,  # noqa: ARG002 - BatchBuilder's; the log has its own clock
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> object | None:
        """None: closed or full (a batch without records takes one of any size)."""
        size = len(key or b"") + len(value or b"") + sum(len(n) + len(v) for n, v in headers)
        if self._is_closed or (self.appended and self.size + size > BATCH_BYTES):
            return None
        self.appended.append((key, value, headers))
        self.size += size
        return self

    def close(self) -> None:
        """It takes no more."""
        self._is_closed = True


class Producer:
    """A producer of one client; a batch is stored, whole, when it is sent."""

    def __init__(
        self,
        client_id: str,
        logs: Callable[[str], Sequence[PartitionLog]],
        store: Callable[[PartitionLog, Batch], None],
        before_send: Callable[[], Interruption | None],
    ) -> None:
        self._client_id = client_id
        self._logs = logs
        self._store = store
        self._before_send = before_send

    async def partitions_for(self, topic: str) -> Sequence[int]:
        """The numbers of the topic's partitions."""
        return range(len(self._logs(topic)))

    def create_batch(self) -> Batch:
        """An empty one."""
        return Batch()

    async def send_batch(
        self, batch: Batch, topic: str, *, partition: int
    ) -> "asyncio.Future[object]":
        """Store it; the future says whether it is."""
        outcome = await interrupted(self._before_send(), self._client_id)
        stored: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if batch.size > LARGEST_BYTES:
            stored.set_exception(MessageSizeTooLargeError())
            return stored
        if outcome != "fail":
            self._store(self._logs(topic)[partition], batch)
        if outcome:
            stored.set_exception(fault())
        else:
            stored.set_result(None)
        return stored


async def interrupted(interruption: Interruption | None, client_id: str) -> Outcome:
    """What befalls a call; without an interruption nothing."""
    return "" if interruption is None else await interruption(client_id)

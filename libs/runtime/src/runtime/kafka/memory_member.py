"""A member of a group in memory: polls, seeks, pauses and commits as aiokafka's consumer does.

One task polls and one takes part in rebalances, both of the process that started it; they wait for
events, so a member without work costs nothing.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from runtime.kafka.memory_group import Group
from runtime.kafka.memory_log import Interruption, PartitionLog, fault, interrupted
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.kafka.transport import Listener


class Member:
    """See the module; ``id`` is None while it is no member."""

    def __init__(
        self,
        client_id: str,
        group: Group,
        topics: Sequence[str],
        listener: Listener,
        policy: DeliveryPolicy,
        log_of: Callable[[TopicPartition], PartitionLog],
        before_commit: Callable[[], Interruption | None],
    ) -> None:
        self.client_id = client_id
        self.topics = topics
        self.session_s = policy.session_timeout_ms / 1000
        self.rebalance_limit_s = policy.rebalance_limit_ms / 1000
        self.id: str | None = None
        self._group = group
        self._listener = listener
        self._max_records = policy.max_records
        self._log_of = log_of
        self._before_commit = before_commit
        self._positions: dict[TopicPartition, int] = {}
        self._paused: dict[TopicPartition, None] = {}
        self._is_running = False
        self._is_dead = False
        self._is_rebalancing = True
        self._records = asyncio.Event()
        self._rebalance = asyncio.Event()
        self._answered = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def consumer(self) -> "Member | None":
        """Itself while it runs."""
        return self if self._is_running else None

    def start(self) -> None:
        """Join the group and poll, in tasks of the caller's context."""
        self._is_running = True
        self._rebalance.set()
        self._tasks = [asyncio.create_task(self._poll()), asyncio.create_task(self._take_part())]

    async def stop(self, limit_s: float) -> None:
        """Finish the batch in flight, unless that takes longer, and leave."""
        if not self._is_running:
            return
        polling, taking_part = self._tasks
        self._is_rebalancing, self._is_running = True, False
        self._records.set()
        await asyncio.wait([polling], timeout=limit_s)
        self._group.leave(self)
        for task in (polling, taking_part):
            task.cancel()
        await asyncio.wait([polling, taking_part])
        if not polling.cancelled() and (error := polling.exception()):
            raise error

    def die(self) -> None:
        """Its process is gone: nothing reaches it, and its session ends by itself."""
        self._is_dead = self._is_rebalancing = True
        self._group.fell_silent(self)

    def fell_silent(self) -> None:
        """Its process stands still."""
        self._group.fell_silent(self)

    def is_back(self) -> None:
        """Its process goes on."""
        self._group.is_back(self)

    def assignment(self) -> Collection[TopicPartition]:
        """The partitions it reads."""
        return tuple(self._positions)

    def paused(self) -> Collection[TopicPartition]:
        """Those that it does not read for now."""
        return tuple(self._paused)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from there."""
        self._require(partition)
        self._positions[partition] = offset
        self._records.set()

    def pause(self, *partitions: TopicPartition) -> None:
        """Do not read them, until the next rebalance at most."""
        for partition in partitions:
            self._require(partition)
            self._paused[partition] = None

    def resume(self, *partitions: TopicPartition) -> None:
        """Read them again."""
        for partition in partitions:
            self._require(partition)
            self._paused.pop(partition, None)
        self._records.set()

    async def position(self, partition: TopicPartition) -> int:
        """The offset of the next record it reads."""
        self._require(partition)
        return max(self._positions[partition], self._log_of(partition).begin)

    async def end_offsets(
        self, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int]:
        """Behind the last record of each."""
        return {partition: self._log_of(partition).end for partition in partitions}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises CommitFailedError when the group went on without it."""
        for partition in offsets:
            self._require(partition)
        outcome = await interrupted(self._before_commit(), self.client_id)
        if outcome != "fail":
            self._group.commit(self, offsets)
        if outcome:
            raise fault()

    def must_rejoin(self) -> None:
        """See memory_group.Joined."""
        if not self._is_dead:
            self._rebalance.set()

    def removed(self) -> None:
        """See memory_group.Joined."""
        if not self._is_dead:
            self._rebalance.set()
            self._answered.set()

    def assigned(self, positions: Mapping[TopicPartition, int]) -> None:
        """See memory_group.Joined."""
        if self._is_dead:
            return
        self._positions = dict(positions)
        self._paused.clear()
        self._is_rebalancing = False
        self._answered.set()
        self._records.set()

    def wake(self) -> None:
        """See memory_group.Joined."""
        self._records.set()

    def _require(self, partition: TopicPartition) -> None:
        if partition not in self._positions:
            raise IllegalStateError(f"No current assignment for partition {partition}")

    async def _poll(self) -> None:
        while self._is_running:
            if batch := self._next_batch():
                await self._listener.on_batch(tuple(batch))
            else:
                self._records.clear()
                await self._records.wait()

    def _next_batch(self) -> list[Raw]:
        """What is read goes to the end of the line, so that no partition waits for another."""
        batch: list[Raw] = []
        if self._is_rebalancing:
            return batch
        for partition in list(self._positions):
            if partition in self._paused or len(batch) == self._max_records:
                continue
            offset = self._positions[partition]
            found = self._log_of(partition).read(offset, self._max_records - len(batch))
            if found:
                del self._positions[partition]
                self._positions[partition] = found[-1].offset + 1
                batch += found
        return batch

    async def _take_part(self) -> None:
        while True:
            await self._rebalance.wait()
            self._is_rebalancing = True
            await self._listener.on_partitions_revoked(set(self._positions))
            self._rebalance.clear()
            self._answered.clear()
            self._group.join(self)
            await self._answered.wait()
            if not self._is_rebalancing:
                await self._listener.on_partitions_assigned(set(self._positions))

"""A consumer group in memory: who is in it, which generation, what is committed.

As Kafka's group coordinator with the eager protocol: when a member joins or leaves, all give up
their partitions, join again, and get a new generation with new ones. Who does not join again in
time, or was silent for a session, is out: it finds out when it commits.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from itertools import pairwise
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError

from runtime.kafka.memory_log import PartitionLog

Logs = Callable[[str], Sequence[PartitionLog]]


class Joined(Protocol):
    """What a group knows of a member."""

    client_id: str
    topics: Sequence[str]
    session_s: float
    rebalance_limit_s: float
    id: str | None

    def must_rejoin(self) -> None:
        """A rebalance began."""

    def assigned(self, positions: Mapping[TopicPartition, int]) -> None:
        """The rebalance is over; it reads these from there."""

    def removed(self) -> None:
        """It is no member any longer."""

    def wake(self) -> None:
        """There may be something to read."""


class Group:
    """``context`` is that of timers: a group's work belongs to no member."""

    def __init__(self, name: str, logs: Logs, context: Context | None) -> None:
        self.name = name
        self.topics: list[str] = []
        self.commits: dict[TopicPartition, int] = {}
        self.members: dict[str, Joined] = {}
        self._logs = logs
        self._context = context
        self._owners: dict[TopicPartition, Joined] = {}
        self._rejoined: list[str] = []
        self._limit: asyncio.TimerHandle | None = None
        self._sessions: dict[str, asyncio.TimerHandle] = {}
        self._numbers = 0

    def join(self, member: Joined) -> None:
        """Take part in the rebalance that is going on, or begin one."""
        if member.id is None:
            self._numbers += 1
            member.id = f"{member.client_id}-{self._numbers:09}"
            self.members[member.id] = member
        if member.id not in self._rejoined:
            self._rejoined.append(member.id)
        self._rebalance()

    def leave(self, member: Joined) -> None:
        """It is out, and the others share what it had."""
        if member.id is None:
            return
        self._forget(member)
        self._rebalance()

    def fell_silent(self, member: Joined) -> None:
        """It is out when its session is over, unless it is heard of before."""
        if member.id is not None and member.id not in self._sessions:
            self._sessions[member.id] = self._later(member.session_s, self.leave, member)

    def is_back(self, member: Joined) -> None:
        """It is heard of again."""
        if member.id in self._sessions:
            self._sessions.pop(member.id).cancel()

    def commit(self, member: Joined, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises CommitFailedError for one that is out."""
        if member.id is None:
            raise CommitFailedError
        self.commits.update(offsets)

    def rewind(self) -> None:
        """The commits are lost, and who is in it: all join anew and read from the beginning."""
        for member in list(self.members.values()):
            self._forget(member)
        self.commits.clear()
        self._rebalance()

    def appended(self, partition: TopicPartition) -> None:
        """Its owner has something to read."""
        if partition in self._owners:
            self._owners[partition].wake()

    def lag(self) -> int:
        """Records behind the commit, of all its topics."""
        places = (log for topic in self.topics for log in self._logs(topic))
        return sum(log.end - max(log.begin, self.commits.get(log.place, 0)) for log in places)

    def _forget(self, member: Joined) -> None:
        if member.id is None:
            return
        del self.members[member.id]
        self.is_back(member)
        if member.id in self._rejoined:
            self._rejoined.remove(member.id)
        self._owners = {p: owner for p, owner in self._owners.items() if owner is not member}
        member.id = None
        member.removed()

    def _rebalance(self) -> None:
        if not self.members:
            self._end_waiting()
            return
        if self._limit is None:
            longest = max(member.rebalance_limit_s for member in self.members.values())
            self._limit = self._later(longest, self._go_on_without)
            for name, member in self.members.items():
                if name not in self._rejoined:
                    member.must_rejoin()
        if len(self._rejoined) == len(self.members):
            self._assign()

    def _go_on_without(self) -> None:
        """Some did not join again in time."""
        for name, member in list(self.members.items()):
            if name not in self._rejoined:
                self._forget(member)
        self._rebalance()

    def _assign(self) -> None:
        self._end_waiting()
        shares: dict[str, list[PartitionLog]] = {name: [] for name in sorted(self.members)}
        for topic in self.topics:
            names = [name for name in shares if topic in self.members[name].topics]
            for name, logs in zip(names, _ranges(self._logs(topic), len(names)), strict=True):
                shares[name] += logs
        self._owners = {log.place: self.members[n] for n, logs in shares.items() for log in logs}
        for name, logs in shares.items():
            self.members[name].assigned(
                {log.place: self.commits.get(log.place, log.begin) for log in logs}
            )

    def _end_waiting(self) -> None:
        self._rejoined.clear()
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _later(
        self, delay: float, function: Callable[..., None], *given: object
    ) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(delay, function, *given, context=self._context)


def _ranges(logs: Sequence[PartitionLog], members: int) -> list[Sequence[PartitionLog]]:
    """A topic's partitions in so many ranges, the first ones longer (RangePartitionAssignor)."""
    each, more = divmod(len(logs), members) if members else (0, 0)
    starts = [each * n + min(n, more) for n in range(members + 1)]
    return [logs[start:end] for start, end in pairwise(starts)]

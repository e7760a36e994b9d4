"""The event store in a dict: for unit tests, with the same promises as PostgreSQL."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias, cast
from uuid import UUID
from weakref import WeakKeyDictionary

from eventstore import chain
from eventstore.store import (
    MOST_FROM,
    Append,
    Appended,
    AppendResult,
    IdTaken,
    Repeated,
    Snapshot,
    WrongVersion,
)
from ordersync_contracts.envelope import NewEvent, Recorded
from runtime.turns import is_set_within

Waiter: TypeAlias = "asyncio.Task[Any]"


class MemoryEventStore:
    """Keeps the promises of ``EventStore``, also when several processes are played in this one.

    ``clock`` tells the recording time.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._log: list[Recorded] = []
        self._streams: dict[str, list[Recorded]] = {}
        self._by_id: dict[UUID, Recorded] = {}
        self._snapshots: dict[str, tuple[str, Snapshot]] = {}
        self._appended = asyncio.Event()
        self._waited: WeakKeyDictionary[Waiter, int] = WeakKeyDictionary()

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """See ``EventStore.append``."""
        head = len(self._log)
        outcomes = tuple(self._append(command) for command in commands)
        if len(self._log) > head:
            self._appended.set()
            self._appended = asyncio.Event()
        return outcomes

    async def read(self, stream: str) -> tuple[Recorded, ...]:
        """See ``EventStore.read``."""
        return tuple(self._streams.get(stream, ()))

    async def read_many(self, streams: Collection[str]) -> dict[str, tuple[Recorded, ...]]:
        """See ``EventStore.read_many``."""
        return {stream: await self.read(stream) for stream in sorted(set(streams))}

    async def read_after(self, position: int, limit: int) -> tuple[Recorded, ...]:
        """See ``EventStore.read_after``."""
        return tuple(self._log[position : position + limit])

    async def read_named(
        self, names: Collection[str], since: datetime, position: int, limit: int
    ) -> tuple[Recorded, ...]:
        """See ``EventStore.read_named``."""
        found = (
            recorded
            for recorded in self._log[position:]
            if recorded.name in names and recorded.recorded_at >= since
        )
        return tuple(recorded for recorded, _ in zip(found, range(limit), strict=False))

    async def read_category(self, category: str, position: int, limit: int) -> tuple[Recorded, ...]:
        """See ``EventStore.read_category``."""
        later = self._log[position:]
        found = [each for each in later if each.stream.partition("-")[0] == category]
        return tuple(found[:limit])

    async def read_from(self, versions: Mapping[str, int]) -> dict[str, tuple[Recorded, ...]]:
        """See ``EventStore.read_from``."""
        return {
            stream: tuple(self._streams.get(stream, ())[max(first - 1, 0) :][:MOST_FROM])
            for stream, first in versions.items()
        }

    async def streams(
        self, category: str, after: str = "", limit: int | None = None
    ) -> tuple[str, ...]:
        """See ``EventStore.streams``."""
        named = (name for name in self._streams if name.startswith(f"{category}-"))
        return tuple(sorted(name for name in named if name > after)[:limit])

    async def snapshots(self, streams: Collection[str], fold: str) -> dict[str, Snapshot]:
        """See ``EventStore.snapshots``."""
        kept = {stream: self._snapshots.get(stream) for stream in streams}
        return {stream: found[1] for stream, found in kept.items() if found and found[0] == fold}

    async def keep_snapshots(self, snapshots: Sequence[Snapshot], fold: str) -> None:
        """See ``EventStore.keep_snapshots``."""
        for snapshot in snapshots:
            known = self._snapshots.get(snapshot.stream)
            if known is None or known[0] != fold or known[1].version < snapshot.version:
                self._snapshots[snapshot.stream] = (fold, snapshot)

    async def names_of(self, streams: Collection[str]) -> dict[str, tuple[str, ...]]:
        """See ``EventStore.names_of``."""
        return {
            stream: tuple(recorded.name for recorded in self._streams.get(stream, ()))
            for stream in dict.fromkeys(streams)
        }

    async def streams_of(self, event_ids: Collection[UUID]) -> dict[UUID, str]:
        """See ``EventStore.streams_of``."""
        known = [event_id for event_id in event_ids if event_id in self._by_id]
        return {event_id: self._by_id[event_id].stream for event_id in known}

    async def head(self) -> int:
        """See ``EventStore.head``."""
        return len(self._log)

    async def wait(self, seconds: float) -> None:
        """See ``EventStore.wait``: each task that waits here has a hint of its own."""
        waiter = cast("Waiter", asyncio.current_task())
        if self._waited.get(waiter, 0) == len(self._log):
            await is_set_within(self._appended, seconds)
        self._waited[waiter] = len(self._log)

    def _append(self, command: Append) -> AppendResult:
        stream = self._streams.get(command.stream, [])
        current = len(stream)
        if command.expected_version is not None and command.expected_version != current:
            return WrongVersion(current)
        there = [self._by_id[new.id] for new in command.events if new.id in self._by_id]
        if there:
            return self._seen(command, there)
        recorded = [self._record(new, command.stream) for new in command.events]
        return Appended(recorded[-1].version, recorded[-1].position)

    def _seen(self, command: Append, there: list[Recorded]) -> AppendResult:
        same = len(there) == len(command.events) and all(
            new.event.FIRST_STANDS or new.data == self._by_id[new.id].data for new in command.events
        )
        if not same:
            return IdTaken()
        return Repeated(
            max(recorded.version for recorded in there),
            max(recorded.position for recorded in there),
        )

    def _record(self, new: NewEvent, stream: str) -> Recorded:
        history = self._streams.setdefault(stream, [])
        recorded = Recorded(
            id=new.id,
            stream=stream,
            version=len(history) + 1,
            position=len(self._log) + 1,
            name=new.event.type_name(),
            schema_version=new.event.VERSION,
            occurred_at=new.occurred_at,
            recorded_at=self._clock(),
            trace=new.trace,
            data=new.data,
        )
        before = self._log[-1].chain if self._log else chain.FIRST
        recorded = replace(recorded, chain=chain.link(before, recorded))
        history.append(recorded)
        self._log.append(recorded)
        self._by_id[new.id] = recorded
        return recorded

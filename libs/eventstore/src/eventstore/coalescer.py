"""Callers that append at the same time share one transaction and one fsync.

Appends are serialised by a lock, so each transaction costs the store a whole fsync. While one is
under way the next commands gather; when it ends they go together. A lone caller waits for nobody.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from eventstore.store import Append, AppendResult

Flush = Callable[[Sequence[Append]], Awaitable[Sequence[AppendResult]]]
MAX_EVENTS: Final = 500
"""A larger transaction holds the lock longer and is no faster."""


@dataclass(slots=True)
class _Call:
    """What one caller waits for: the outcomes of all its commands, or the first error."""

    outcomes: list[AppendResult | None]
    done: "asyncio.Future[None]"
    waiting: int
    error: Exception | None = None

    def settle(
        self, index: int, outcome: AppendResult | None, error: Exception | None = None
    ) -> None:
        """One command is through; the last one wakes the caller, if it still waits."""
        self.outcomes[index] = outcome
        self.error = self.error or error
        self.waiting -= 1
        if self.waiting or self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(None)


@dataclass(slots=True)
class _Waiting:
    command: Append
    call: _Call
    index: int


@dataclass(slots=True)
class Coalescer:
    """Gathers commands while a flush is under way; never two of one stream in one flush."""

    flush: Flush
    max_events: int = MAX_EVENTS
    _queue: deque[_Waiting] = field(default_factory=deque)
    _running: "asyncio.Task[None] | None" = None

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """The outcomes, in order. A cancelled caller's commands may still be appended."""
        loop = asyncio.get_running_loop()
        call = _Call([None] * len(commands), loop.create_future(), len(commands))
        self._queue.extend(_Waiting(command, call, n) for n, command in enumerate(commands))
        if self._running is None:
            self._running = loop.create_task(self._drain())
        await call.done
        return tuple(outcome for outcome in call.outcomes if outcome is not None)

    async def close(self) -> None:
        """Waits for the flush under way and those that gathered."""
        while self._running is not None:
            await asyncio.shield(self._running)

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._flush_one(self._next_batch())
        except asyncio.CancelledError:
            _fail(self._queue, ConnectionError("the store was closed before the append was sent"))
            self._queue.clear()
            raise
        finally:
            self._running = None

    async def _flush_one(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self.flush([entry.command for entry in batch])
            answered = list(zip(batch, outcomes, strict=True))
        except asyncio.CancelledError:
            _fail(batch, ConnectionError("the store was closed before the append was answered"))
            raise
        except Exception as error:  # noqa: BLE001  # handed to every caller of this flush
            _fail(batch, error)
            return
        for entry, outcome in answered:
            entry.call.settle(entry.index, outcome)

    def _next_batch(self) -> list[_Waiting]:
        """As many as fit; a stream's or an id's second command waits for the next flush."""
        batch: list[_Waiting] = []
        later: list[_Waiting] = []
        seen: set[object] = set()
        size = 0
        while self._queue and size < self.max_events:
            entry = self._queue.popleft()
            keys = {entry.command.stream, *(new.id for new in entry.command.events)}
            if seen & keys:
                later.append(entry)
                seen.add(entry.command.stream)
                continue
            seen |= keys
            batch.append(entry)
            size += len(entry.command.events)
        self._queue.extendleft(reversed(later))
        return batch


def _fail(entries: Iterable[_Waiting], error: Exception) -> None:
    for entry in entries:
        entry.call.settle(entry.index, None, error)

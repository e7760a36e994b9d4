"""Calls that come while one is under way are made together: one statement, one commit for many.

A service has dozens of pieces of work in hand, and each reads and writes by itself. Alone each
would pay a round trip, and a flush to disk when it writes; a single call pays nothing for the
gathering. What a call is answered was asked after the call began, so nothing read is older.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Call:
    """What one caller waits for: the answers to all its items, or the first error."""

    answers: list[Any]
    done: "asyncio.Future[None]"
    waiting: int
    error: Exception | None = None

    def settle(self, index: int, answer: object, error: Exception | None = None) -> None:
        """One item is through; the last one wakes the caller, if it still waits."""
        self.answers[index] = answer
        self.error = self.error or error
        self.waiting -= 1
        if self.waiting or self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(None)


@dataclass(slots=True)
class _Waiting(Generic[Item]):
    item: Item
    call: _Call
    index: int


class Batcher(Generic[Item, Answer]):
    """``ask`` takes the items of many calls and answers them in their order.

    A batch is full at ``most``, counted by ``size``. Two items that share one of their ``keys`` are
    never in one batch, and none overtakes another that it shares a key with.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        most: int = 500,
        *,
        size: Callable[[Item], int] = lambda _: 1,
        keys: Callable[[Item], Iterable[Hashable]] = lambda _: (),
    ) -> None:
        self._ask = ask
        self._most = most
        self._size = size
        self._keys = keys
        self._waiting: deque[_Waiting[Item]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer:
        """The answer to this item; raises what asking for its batch raised."""
        (answer,) = await self.add_all((item,))
        return answer

    async def add_all(self, items: Sequence[Item]) -> tuple[Answer, ...]:
        """The answers, in order. A cancelled caller's items may still be asked for."""
        if not items:
            return ()
        loop = asyncio.get_running_loop()
        call = _Call([None] * len(items), loop.create_future(), len(items))
        self._waiting.extend(_Waiting(item, call, n) for n, item in enumerate(items))
        if self._asking is None:
            self._asking = loop.create_task(self._ask_all())
        await call.done
        return tuple(call.answers)

    async def close(self) -> None:
        """Waits for the batch under way and those that gathered."""
        while self._asking is not None:
            await asyncio.shield(self._asking)

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                await self._ask_batch(self._next_batch())
        except asyncio.CancelledError:
            _fail(self._waiting, ConnectionError("closed before it was asked"))
            self._waiting.clear()
            raise
        finally:
            self._asking = None

    async def _ask_batch(self, batch: list[_Waiting[Item]]) -> None:
        try:
            answers = await self._ask([entry.item for entry in batch])
            answered = list(zip(batch, answers, strict=True))
        except asyncio.CancelledError:
            _fail(batch, ConnectionError("closed before it was answered"))
            raise
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            _fail(batch, error)
            return
        for entry, answer in answered:
            entry.call.settle(entry.index, answer)

    def _next_batch(self) -> list[_Waiting[Item]]:
        """As many as fit; what shares a key with one before it waits for the next batch."""
        batch: list[_Waiting[Item]] = []
        later: list[_Waiting[Item]] = []
        taken: set[Hashable] = set()
        size = 0
        while self._waiting and size < self._most:
            entry = self._waiting.popleft()
            keys = set(self._keys(entry.item))
            if taken.isdisjoint(keys):
                batch.append(entry)
                size += self._size(entry.item)
            else:
                later.append(entry)
            taken |= keys
        self._waiting.extendleft(reversed(later))
        return batch


def _fail(entries: Iterable[_Waiting[Any]], error: Exception) -> None:
    for entry in entries:
        entry.call.settle(entry.index, None, error)

"""Calls that come while one is under way are made together: one statement, one commit for many.

A service has dozens of pieces of work in hand, and each reads and writes by itself. Alone each
would pay a round trip, and a flush to disk when it writes; a single call pays nothing for the
gathering. What a call is answered was asked after the call began, so nothing read is older.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Batcher(Generic[Item, Answer]):
    """``ask`` takes the items of many calls, at most ``most``, and answers them in their order."""

    def __init__(
        self, ask: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], most: int = 500
    ) -> None:
        self._ask = ask
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer:
        """The answer to this item; raises what asking for its batch raised."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        return await answer

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                await self._ask_batch(batch)
        finally:
            self._asking = None

    async def _ask_batch(self, batch: "list[tuple[Item, asyncio.Future[Answer]]]") -> None:
        try:
            answers = await self._ask([item for item, _ in batch])
            answered = list(zip(batch, answers, strict=True))
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), answer in answered:
            if not waiting.done():  # its caller was cancelled
                waiting.set_result(answer)

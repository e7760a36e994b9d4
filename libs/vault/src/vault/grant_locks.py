"""Locks in memory that, as a database's do, go with whoever held them or waited for them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class _Turn:
    holder: object
    begun: asyncio.Event = field(default_factory=asyncio.Event)


class GrantLocks:
    """``holder``: for whom the caller asks; a process, where several are played in one."""

    def __init__(self, holder: Callable[[], object]) -> None:
        self._holder = holder
        self._queues: dict[str, list[_Turn]] = {}

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """The lock, in the order of asking, until the block ends.

        ConnectionResetError: the holder was ended meanwhile.
        """
        turn = _Turn(self._holder())
        queue = self._queues.setdefault(key, [])
        queue.append(turn)
        queue[0].begun.set()
        try:
            await turn.begun.wait()
            if turn not in queue:
                raise ConnectionResetError("the session is gone")
            yield
        finally:
            self._leave(key, turn)

    def end(self, holder: object) -> None:
        """The holder is gone: what it held or waited for goes to the next. Again: no change."""
        for key, queue in list(self._queues.items()):
            gone = [turn for turn in queue if turn.holder == holder]
            for turn in reversed(gone):
                self._leave(key, turn)
                turn.begun.set()

    def _leave(self, key: str, turn: _Turn) -> None:
        queue = self._queues.get(key, [])
        if turn not in queue:
            return
        queue.remove(turn)
        if queue:
            queue[0].begun.set()
        else:
            del self._queues[key]

"""The kinds of work that a shop has beside its polls: each fails, waits and goes on by itself."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from lifecycle.shop import Shop
from runtime.clock import Monotonic


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work. Kinds of one ``lane`` take turns, lanes run side by side.

    ``do`` does one piece of what is due and says how many orders changed; what it raises is this
    kind's alone. ``name`` is for logs. ``asks_at_once``: when it is due it makes its call without
    waiting for anything, so it tells whether that call is refused still.
    """

    name: str
    lane: str
    is_due: Callable[[Shop], bool]
    do: Callable[[Shop], Awaitable[int]]
    asks_at_once: bool = False


@dataclass(slots=True)
class Lanes:
    """Works through one shop's kinds, one task a lane.

    ``attempt`` does one piece: seconds to wait when that failed, else None. ``look``: the shop as
    it is now; None while it is not followed.
    """

    kinds: Sequence[Kind]
    attempt: Callable[[Kind, Shop], Awaitable[float | None]]
    look: Callable[[], Awaitable[Shop | None]]
    monotonic: Monotonic
    _not_before: dict[str, float] = field(default_factory=dict, init=False)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)

    def begin(self, shop: Shop, tasks: asyncio.TaskGroup) -> None:
        """Begin on what is due and not being done."""
        for lane, grouped in groupby(self.kinds, lambda kind: kind.lane):
            kinds, running = tuple(grouped), self._tasks.get(lane)
            is_idle = running is None or running.done()
            if is_idle and any(self._is_ready(kind, shop) for kind in kinds):
                self._tasks[lane] = tasks.create_task(self._take_turns(kinds))

    def _is_ready(self, kind: Kind, shop: Shop) -> bool:
        return self.monotonic() >= self._not_before.get(kind.name, 0.0) and kind.is_due(shop)

    async def _take_turns(self, kinds: Sequence[Kind]) -> None:
        """A piece of each, again until nothing is due; what failed waits, the others go on."""
        turns = deque(kinds)
        while turns:
            kind, shop = turns.popleft(), await self.look()
            if shop is None:
                return
            if not self._is_ready(kind, shop):
                continue
            wait_s = await self.attempt(kind, shop)
            if wait_s is None:
                turns.append(kind)
            else:
                self._not_before[kind.name] = self.monotonic() + wait_s

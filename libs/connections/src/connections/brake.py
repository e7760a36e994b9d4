"""The brake of bulk: whether there is room downstream for more of what nobody waits for.

Bulk stops while the slowest group has more than ``most_records`` live records before it, and while
the bulk lane of the store it goes to holds more than ``longest_s`` of that store's budget. While
that cannot be asked, bulk waits.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from runtime.clock import Monotonic
from runtime.kafka import is_infrastructure

log = structlog.get_logger()
ASK_EVERY_S: Final = 5.0
MOST_RECORDS: Final = 1000
LONGEST_S: Final = 120.0
Lag = Callable[[], Awaitable[Mapping[str, int]]]
"""How many live records each group has before it."""
Backlog = Callable[[str], Awaitable[float]]
"""How many seconds of a store's budget its bulk lane holds (``jobs.backlog``)."""


class Brake:
    """One instance per process: what it asks is asked now and then, however many ask it."""

    def __init__(
        self,
        lag: Lag,
        backlog: Backlog,
        monotonic: Monotonic,
        *,
        most_records: int = MOST_RECORDS,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._lag = lag
        self._backlog = backlog
        self._monotonic = monotonic
        self._most_records = most_records
        self._longest_s = longest_s
        self._answers: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def in_the_way(self, store: str | None = None) -> tuple[str, ...]:
        """What bulk for this store waits for (groups, then the store); empty: there is room."""
        groups = await self._lately("", self._slow_groups)
        if store is None:
            return groups
        return groups + await self._lately(store, lambda: self._full_store(store))

    async def has_room(self, store: str | None = None) -> bool:
        """Whether bulk for this store may be added now."""
        return not await self.in_the_way(store)

    async def _lately(
        self, what: str, ask: Callable[[], Awaitable[tuple[str, ...]]]
    ) -> tuple[str, ...]:
        now = self._monotonic()
        asked_at, answer = self._answers.get(what, (now - ASK_EVERY_S, ()))
        if now - asked_at >= ASK_EVERY_S:
            answer = await _known(what, ask)
            self._answers[what] = (now, answer)
        return answer

    async def _slow_groups(self) -> tuple[str, ...]:
        behind = await self._lag()
        return tuple(sorted(group for group, n in behind.items() if n > self._most_records))

    async def _full_store(self, store: str) -> tuple[str, ...]:
        return (store,) if await self._backlog(store) > self._longest_s else ()


async def _known(what: str, ask: Callable[[], Awaitable[tuple[str, ...]]]) -> tuple[str, ...]:
    try:
        return await ask()
    except Exception as error:
        if not is_infrastructure(error):
            raise
        log.warning("room.unknown", error=type(error).__name__)
        return (what or "Kafka",)

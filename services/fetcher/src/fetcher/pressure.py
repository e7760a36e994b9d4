"""Whether the services downstream keep up: bulk stops while the slowest of them lags."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from contracts import topics
from runtime.admin import lag
from runtime.clock import Monotonic
from runtime.kafka import is_infrastructure

log = structlog.get_logger()
ASK_EVERY_S: Final = 5.0


class Pressure:
    """Asks for the lag now and then; while it cannot be asked, bulk waits."""

    def __init__(
        self, slowest: Callable[[], Awaitable[int]], monotonic: Monotonic, *, stops_at: int
    ) -> None:
        self._slowest = slowest
        self._monotonic = monotonic
        self._stops_at = stops_at
        self._asked_at: float | None = None
        self._may = False

    async def may_add_bulk(self) -> bool:
        """Whether no group lags by more than ``stops_at`` records."""
        now = self._monotonic()
        if self._asked_at is None or now - self._asked_at >= ASK_EVERY_S:
            self._asked_at = now
            self._may = await self._keeps_up()
        return self._may

    async def _keeps_up(self) -> bool:
        try:
            behind = await self._slowest()
        except Exception as error:
            if not is_infrastructure(error):
                raise
            log.warning("lag.unknown", error=type(error).__name__)
            return False
        return behind <= self._stops_at


async def slowest_lag(bootstrap: str, prefix: str) -> int:
    """How many live records the slowest group has before it."""
    found = [
        await lag(
            bootstrap, prefix + group, [prefix + one.name for one in topics.consumed_by(group)]
        )
        for group in topics.GROUPS
    ]
    return max(sum(of_group.values()) for of_group in found)

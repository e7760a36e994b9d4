"""Budgets in PostgreSQL: tables ``jobs.budget``, ``jobs.reserved`` and ``jobs.hold``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from jobs.budget import Ask, Place, Settlement

_PACE: Final = (
    "SELECT granted, wait, settled"
    " FROM effects.pace($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
)
_HOLD: Final = """
    INSERT INTO effects.hold AS held (store, kind, until) VALUES ($1, $2, $3)
    ON CONFLICT (store, kind) DO UPDATE SET until = greatest(held.until, excluded.until)
"""


class PostgresBudget:
    """Keeps what ``Budget`` promises. ``holder`` names the process: another one, another name."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", holder: str) -> None:
        self._pool = pool
        self._holder = holder

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        """See ``Budget.reserve``; one statement."""
        readings = [settlement.reading for settlement in settlements]
        rows = await self._pool.fetch(
            _PACE,
            store,
            self._holder,
            [settlement.reserved for settlement in settlements],
            [settlement.used for settlement in settlements],
            [reading.available if reading else None for reading in readings],
            [reading.maximum if reading else None for reading in readings],
            [reading.restore if reading else None for reading in readings],
            [reading.age_s if reading else None for reading in readings],
            [reading.settled if reading else None for reading in readings],
            [settlement.order_limit_met for settlement in settlements],
            [ask.points for ask in asks],
            [ask.horizon_s for ask in asks],
            [ask.creates_order for ask in asks],
        )
        return tuple(Place(row["granted"], row["wait"], row["settled"]) for row in rows)

    async def hold(self, store: str, kind: str, until: datetime) -> None:
        """See ``Budget.hold``."""
        await self._pool.execute(_HOLD, store, kind, until)

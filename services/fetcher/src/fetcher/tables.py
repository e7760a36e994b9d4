"""The fetcher's table: how far each shop is fetched, moved only by the shop's newest poller."""

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final, Literal

import asyncpg

from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("fetcher", files("fetcher") / "migrations")
Mark = Literal["watermark", "backfilled_to", "swept_at"]


class Overtaken(Exception):
    """Another poller has taken the shop over: its epoch is newer."""

    safe = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one shop is fetched; None: not begun."""

    epoch: int
    watermark: datetime | None
    backfilled_to: datetime | None
    swept_at: datetime | None


class Polls:
    """Progress per shop; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def take_over(self, shop_id: str) -> Progress:
        """Begin a new epoch for the shop; whoever polled it before can move nothing any more."""
        row = await self._pool.fetchrow(
            "INSERT INTO fetcher.poll (shop_id, epoch) VALUES ($1, 1) "
            "ON CONFLICT (shop_id) DO UPDATE SET epoch = fetcher.poll.epoch + 1, "
            "updated_at = now() RETURNING epoch, watermark, backfilled_to, swept_at",
            shop_id,
        )
        return Progress(row["epoch"], row["watermark"], row["backfilled_to"], row["swept_at"])

    async def move(self, shop_id: str, epoch: int, mark: Mark, to: datetime) -> None:
        """Move one mark, after the events before it are durable; Overtaken when not ours."""
        moved = await self._pool.fetchval(
            f"UPDATE fetcher.poll SET {mark} = $3, updated_at = now() "
            "WHERE shop_id = $1 AND epoch = $2 RETURNING epoch",
            shop_id,
            epoch,
            to,
        )
        if moved is None:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")

"""The fetcher's tables: how far each shop is fetched, moved only by the shop's newest poller, and
which orders are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final, Literal, Protocol

import asyncpg

from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("fetcher", files("fetcher") / "migrations")
Mark = Literal[
    "watermark", "covered_from", "swept_at", "packages_to", "cancellations_to", "reconciled_to"
]
_MARKS = "watermark, covered_from, swept_at, packages_to, cancellations_to, reconciled_to"


class Overtaken(Exception):
    """Another poller has taken the shop over: its epoch is newer."""

    safe = True


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one shop is fetched; None: not begun."""

    epoch: int
    watermark: datetime | None = None
    covered_from: datetime | None = None
    swept_at: datetime | None = None
    packages_to: datetime | None = None
    cancellations_to: datetime | None = None
    reconciled_to: datetime | None = None


class Progresses(Protocol):
    """How far each shop is fetched; PostgreSQL and memory keep it alike."""

    async def take_over(self, shop_id: str) -> Progress:
        """Begin a new epoch for the shop; whoever polled it before can move nothing any more."""
        ...

    async def move(self, shop_id: str, epoch: int, mark: Mark, to: datetime) -> None:
        """Move one mark, after the events before it are durable; Overtaken when not ours."""
        ...


class Polls:
    """Progress in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def take_over(self, shop_id: str) -> Progress:
        """See ``Progresses.take_over``."""
        row = await self._pool.fetchrow(
            "INSERT INTO fetcher.poll (shop_id, epoch) VALUES ($1, 1) "
            "ON CONFLICT (shop_id) DO UPDATE SET epoch = fetcher.poll.epoch + 1, "
            f"updated_at = now() RETURNING epoch, {_MARKS}",
            shop_id,
        )
        return Progress(**dict(row.items()))

    async def move(self, shop_id: str, epoch: int, mark: Mark, to: datetime) -> None:
        """See ``Progresses.move``."""
        moved = await self._pool.fetchval(
            f"UPDATE fetcher.poll SET {mark} = $3, updated_at = now() "
            "WHERE shop_id = $1 AND epoch = $2 RETURNING epoch",
            shop_id,
            epoch,
            to,
        )
        if moved is None:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")


class Census(Protocol):
    """Which orders of a shop are stored, by when they were created."""

    async def note(self, shop_id: str, created_at: Mapping[str, datetime]) -> None:
        """These orders (id → creation) are durable as events."""
        ...

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """How many were created from ``begin`` on and before ``end``."""
        ...


class KnownOrders:
    """The census in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def note(self, shop_id: str, created_at: Mapping[str, datetime]) -> None:
        """See ``Census.note``."""
        await self._pool.execute(
            "INSERT INTO fetcher.known_order (shop_id, order_id, created_at) "
            "SELECT $1, * FROM unnest($2::text[], $3::timestamptz[]) "
            "ON CONFLICT (shop_id, order_id) DO NOTHING",
            shop_id,
            list(created_at),
            list(created_at.values()),
        )

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """See ``Census.count``."""
        found: int = await self._pool.fetchval(
            "SELECT count(*) FROM fetcher.known_order "
            "WHERE shop_id = $1 AND created_at >= $2 AND created_at < $3",
            shop_id,
            begin,
            end,
        )
        return found

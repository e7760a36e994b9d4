"""The fetcher's tables: how far each shop is fetched, moved only by the shop's newest poller; which
orders are stored or set aside (``order_index``)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Final, Literal, Protocol

import asyncpg

from fetcher.order_index import CLAIMED_FOR, KnownOrder, SetAside
from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("fetcher", files("fetcher") / "migrations")
Checkpoint = Literal[
    "watermark", "covered_from", "swept_at", "packages_to", "cancellations_to", "reconciled_to"
]
_COLUMNS = "watermark, covered_from, swept_at, packages_to, cancellations_to, reconciled_to, sweeps"


class Overtaken(Exception):
    """Another poller has taken the shop over: its epoch is newer."""

    safe = True


@dataclass(frozen=True, slots=True)
class Sweep:
    """When the orders in one status were last swept, and where a sweep that was broken off goes on:

    with those created from ``resumes_at`` on; None: with the first.
    """

    swept_at: datetime | None
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """How far one shop is fetched; None: not begun. ``swept_at``: of statuses not in ``sweeps``."""

    epoch: int
    watermark: datetime | None = None
    covered_from: datetime | None = None
    swept_at: datetime | None = None
    packages_to: datetime | None = None
    cancellations_to: datetime | None = None
    reconciled_to: datetime | None = None
    sweeps: Mapping[str, Sweep] = field(default_factory=dict)

    def sweep_of(self, status: str) -> Sweep:
        """Of the orders in this status."""
        return self.sweeps.get(status, Sweep(self.swept_at))


class CheckpointStore(Protocol):
    """How far each shop is fetched; PostgreSQL and memory keep it alike."""

    async def take_over(self, shop_id: str) -> Checkpoints:
        """Begin a new epoch for the shop; whoever polled it before can move nothing any more."""

    async def move(self, shop_id: str, epoch: int, checkpoint: Checkpoint, to: datetime) -> None:
        """Move one checkpoint, after the events before it are durable; Overtaken when not ours."""

    async def sweep(self, shop_id: str, epoch: int, status: str, sweep: Sweep) -> None:
        """How far the sweep of one status is; Overtaken when not ours."""


class PostgresCheckpoints:
    """Checkpoints in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def take_over(self, shop_id: str) -> Checkpoints:
        """See ``CheckpointStore.take_over``."""
        row = await self._pool.fetchrow(
            "INSERT INTO fetcher.poll (shop_id, epoch) VALUES ($1, 1) "
            "ON CONFLICT (shop_id) DO UPDATE SET epoch = fetcher.poll.epoch + 1, "
            f"updated_at = now() RETURNING epoch, {_COLUMNS}",
            shop_id,
        )
        return Checkpoints(**{**row, "sweeps": _sweeps(row["sweeps"])})

    async def move(self, shop_id: str, epoch: int, checkpoint: Checkpoint, to: datetime) -> None:
        """See ``CheckpointStore.move``."""
        moved = await self._pool.fetchval(
            f"UPDATE fetcher.poll SET {checkpoint} = $3, updated_at = now() "
            "WHERE shop_id = $1 AND epoch = $2 RETURNING epoch",
            shop_id,
            epoch,
            to,
        )
        if moved is None:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")

    async def sweep(self, shop_id: str, epoch: int, status: str, sweep: Sweep) -> None:
        """See ``CheckpointStore.sweep``."""
        moved = await self._pool.fetchval(
            "UPDATE fetcher.poll SET updated_at = now(), sweeps = sweeps || jsonb_build_object("
            "$3::text, jsonb_build_array($4::timestamptz, $5::timestamptz)) "
            "WHERE shop_id = $1 AND epoch = $2 RETURNING epoch",
            shop_id,
            epoch,
            status,
            sweep.swept_at,
            sweep.resumes_at,
        )
        if moved is None:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")


def _sweeps(text: str) -> dict[str, Sweep]:
    def moment(at: str | None) -> datetime | None:
        return None if at is None else datetime.fromisoformat(at)

    return {status: Sweep(*map(moment, times)) for status, times in json.loads(text).items()}


class PostgresOrderIndex:
    """The order index in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def note(self, shop_id: str, orders: Sequence[KnownOrder]) -> None:
        """See ``OrderIndex.note``. What is known already is not written again."""
        await self._pool.execute(
            "WITH over AS (DELETE FROM fetcher.set_aside aside USING "
            "unnest($2::text[], $6::timestamptz[], $7::timestamptz[]) "
            "stored (order_id, asked_at, updated_at) "
            "WHERE aside.shop_id = $1 AND aside.order_id = stored.order_id "
            "AND aside.asked_at <= stored.asked_at "
            "AND coalesce(aside.updated_at <= stored.updated_at, true)) "
            "INSERT INTO fetcher.known_order AS known "
            "(shop_id, order_id, created_at, ended_at, has_buyer) "
            "SELECT $1, * FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::bool[])"
            " ON CONFLICT (shop_id, order_id) DO UPDATE SET "
            "ended_at = coalesce(excluded.ended_at, known.ended_at), "
            "has_buyer = known.has_buyer OR excluded.has_buyer "
            "WHERE (known.ended_at, known.has_buyer) IS DISTINCT FROM "
            "(coalesce(excluded.ended_at, known.ended_at), known.has_buyer OR excluded.has_buyer)",
            shop_id,
            [order.order_id for order in orders],
            [order.created_at for order in orders],
            [order.ended_at for order in orders],
            [order.has_buyer for order in orders],
            [order.asked_at for order in orders],
            [order.updated_at for order in orders],
        )

    async def set_aside(self, shop_id: str, order: SetAside) -> datetime:
        """See ``OrderIndex.set_aside``."""
        since: datetime = await self._pool.fetchval(
            "INSERT INTO fetcher.set_aside AS known "
            "(shop_id, order_id, reason_code, asked_at, since, due_at, updated_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (shop_id, order_id) DO UPDATE SET "
            "since = CASE known.reason_code WHEN excluded.reason_code THEN known.since "
            "ELSE excluded.since END, reason_code = excluded.reason_code, "
            "asked_at = greatest(known.asked_at, excluded.asked_at), "
            "updated_at = greatest(known.updated_at, excluded.updated_at) RETURNING since",
            shop_id,
            order.order_id,
            order.reason_code,
            order.asked_at,
            order.since,
            order.due_at,
            order.updated_at,
        )
        return since

    async def all_set_aside(self, shop_id: str) -> tuple[SetAside, ...]:
        """See ``OrderIndex.all_set_aside``."""
        rows = await self._pool.fetch(
            "SELECT order_id, reason_code, asked_at, since, due_at, attempts, updated_at "
            "FROM fetcher.set_aside WHERE shop_id = $1 ORDER BY due_at, order_id",
            shop_id,
        )
        return tuple(SetAside(**dict(row.items())) for row in rows)

    async def try_later(self, shop_id: str, due: Mapping[str, datetime]) -> None:
        """See ``OrderIndex.try_later``."""
        await self._pool.execute(
            "UPDATE fetcher.set_aside aside SET due_at = next.due_at, attempts = attempts + 1 "
            "FROM unnest($2::text[], $3::timestamptz[]) next (order_id, due_at) "
            "WHERE aside.shop_id = $1 AND aside.order_id = next.order_id",
            shop_id,
            list(due),
            list(due.values()),
        )

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """See ``OrderIndex.count``."""
        found: int = await self._pool.fetchval(
            "SELECT count(*) FROM fetcher.known_order "
            "WHERE shop_id = $1 AND created_at >= $2 AND created_at < $3",
            shop_id,
            begin,
            end,
        )
        return found

    async def take_ended(
        self, ended_before: datetime, now: datetime, limit: int
    ) -> tuple[tuple[str, str], ...]:
        """See ``OrderIndex.take_ended``."""
        rows = await self._pool.fetch(
            "UPDATE fetcher.known_order SET claimed_until = $3 WHERE (shop_id, order_id) IN ("
            "SELECT shop_id, order_id FROM fetcher.known_order "
            "WHERE has_buyer AND erased_at IS NULL AND ended_at <= $1 "
            "AND (claimed_until IS NULL OR claimed_until <= $2) "
            "ORDER BY ended_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING shop_id, order_id",
            ended_before,
            now,
            now + CLAIMED_FOR,
            limit,
        )
        return tuple((row["shop_id"], row["order_id"]) for row in rows)

    async def erased(self, shop_id: str, order_id: str, now: datetime) -> None:
        """See ``OrderIndex.erased``."""
        await self._pool.execute(
            "UPDATE fetcher.known_order SET erased_at = $3 WHERE (shop_id, order_id) = ($1, $2)",
            shop_id,
            order_id,
            now,
        )

    async def ends(self, shop_id: str, order_id: str, at: datetime | None) -> None:
        """See ``OrderIndex.ends``."""
        await self._pool.execute(
            "UPDATE fetcher.known_order SET ended_at = $3 WHERE (shop_id, order_id) = ($1, $2)",
            shop_id,
            order_id,
            at,
        )

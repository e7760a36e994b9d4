"""What is known of each store's products. PostgreSQL.

Stores take turns: a turn is claimed for a minute by one process, the store that was worked on the
longest ago first, so that no store waits for another's hundred pages. Every time is the database's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import asyncpg

from lifecycle.link import normal_sku
from mapper.tables.sku_checks import SkuChecks
from mapper.tables.waiting import CLAIMED_S, Releases


@dataclass(frozen=True, slots=True)
class Turn:
    """One store's turn. ``reading``: which one is under way, or was the last; ``cursor``: where it
    goes on, None when none is under way. ``whole``: the last that was read to its end.

    ``is_fresh``: that ended lately, and nothing says that it is wrong by now.
    """

    store: str
    reading: int
    cursor: str | None
    whole: int
    is_fresh: bool
    failures: int


class Catalogues:
    """The tables on PostgreSQL; ``checks``: the SKUs that are to be looked up."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", releases: Releases) -> None:
        self._pool = pool
        self.checks = SkuChecks(pool, releases)

    async def claim(self, fresh_for_s: float) -> Turn | None:
        """The next turn, ours for a minute; None when no store has anything to be done now."""
        row = await self._pool.fetchrow(
            "UPDATE mapper.catalogue SET claimed_until = now() + make_interval(secs => $1) "
            "WHERE store = (SELECT k.store FROM mapper.catalogue k WHERE k.claimed_until < now() "
            "AND EXISTS (SELECT FROM mapper.sku_check c WHERE c.store = k.store AND c.is_open "
            "AND CASE WHEN c.needs_reading THEN k.read_after <= now() ELSE c.due_at <= now() END) "
            "ORDER BY k.worked_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "RETURNING store, reading, CASE WHEN is_reading THEN cursor END, "
            "whole, whole > stale AND read_at > now() - make_interval(secs => $2), failures",
            CLAIMED_S,
            fresh_for_s,
        )
        return Turn(*row) if row is not None else None

    async def begin(self, turn: Turn) -> Turn:
        """A new reading of the store's products begins."""
        reading: int = await self._pool.fetchval(
            "UPDATE mapper.catalogue SET reading = reading + 1, is_reading = true, cursor = '' "
            "WHERE store = $1 RETURNING reading",
            turn.store,
        )
        return replace(turn, reading=reading, cursor="")

    async def keep_page(
        self, turn: Turn, variants: Mapping[str, str], next_cursor: str | None
    ) -> None:
        """A page was read: SKUs by variant; None: it was the last. Nothing if another one did.

        The last page ends the reading: what it did not see is gone, and what waited for it is due.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(
                "UPDATE mapper.catalogue SET cursor = coalesce($4, ''), is_reading = $4 IS NOT "
                "NULL, whole = CASE WHEN $4 IS NULL THEN reading ELSE whole END, "
                "read_at = CASE WHEN $4 IS NULL THEN now() ELSE read_at END, "
                "claimed_until = '-infinity', worked_at = clock_timestamp(), failures = 0 "
                "WHERE store = $1 AND reading = $2 AND cursor = $3 AND is_reading RETURNING true",
                *(turn.store, turn.reading, turn.cursor, next_cursor),
            )
            if moved:
                await self._write(connection, turn, variants, is_last=next_cursor is None)

    async def _write(
        self,
        connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]",
        turn: Turn,
        variants: Mapping[str, str],
        *,
        is_last: bool,
    ) -> None:
        await connection.execute(
            "INSERT INTO mapper.variant (store, variant_id, sku, reading) "
            "SELECT $1, v.id, v.sku, $2 FROM unnest($3::text[], $4::text[]) AS v(id, sku) "
            "ON CONFLICT (store, variant_id) DO UPDATE SET "
            "sku = excluded.sku, reading = excluded.reading",
            *(
                turn.store,
                turn.reading,
                [*variants],
                [normal_sku(sku) for sku in variants.values()],
            ),
        )
        if is_last:
            await connection.execute(
                "DELETE FROM mapper.variant WHERE store = $1 AND reading < $2",
                *(turn.store, turn.reading),
            )
            await connection.execute(
                "UPDATE mapper.sku_check SET needs_reading = false "
                "WHERE store = $1 AND is_open AND needs_reading",
                turn.store,
            )

    async def not_read(self, turn: Turn, wait_s: float, *, anew: bool) -> None:
        """A page could not be read: again after so long; ``anew``: from the beginning."""
        await self._pool.execute(
            "UPDATE mapper.catalogue SET read_after = now() + make_interval(secs => $2), "
            "is_reading = is_reading AND NOT $3, claimed_until = '-infinity', "
            "worked_at = clock_timestamp(), failures = failures + 1 WHERE store = $1",
            *(turn.store, wait_s, anew),
        )

    async def end(self, turn: Turn, put_off_s: float = 0.0, *, failed: bool = False) -> None:
        """The turn is over; the store's next one comes after so long at the earliest."""
        await self._pool.execute(
            "UPDATE mapper.catalogue SET claimed_until = CASE WHEN $2 > 0 THEN now() + "
            "make_interval(secs => $2) ELSE '-infinity' END, worked_at = clock_timestamp(), "
            "failures = CASE WHEN $3 THEN failures + 1 ELSE 0 END WHERE store = $1",
            *(turn.store, put_off_s, failed),
        )

    async def by_sku(self, store: str, skus: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The ids of the store's variants that carried each SKU when it was read (``normal_sku``).

        Several for one SKU mean that it is ambiguous.
        """
        found = await self._pool.fetch(
            "SELECT sku, variant_id FROM mapper.variant WHERE store = $1 AND sku = ANY($2) "
            "ORDER BY variant_id",
            *(store, [normal_sku(sku) for sku in skus]),
        )
        carried: dict[str, list[str]] = {}
        for row in found:
            carried.setdefault(row[0], []).append(row[1])
        return {sku: tuple(carried.get(normal_sku(sku), ())) for sku in skus}

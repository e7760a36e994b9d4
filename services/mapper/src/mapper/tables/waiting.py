"""Orders that wait, and the variants of each Shopify store. Both are views."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import asyncpg

from mapper.tables.kinds import WaitsFor
from mapper.tables.releases import Releases


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order that waits; ``sku_ids`` are the unlinked ones when it waits for a link."""

    stream: str
    shop_id: str
    waits_for: WaitsFor
    sku_ids: tuple[str, ...] = ()


class Tables:
    """The mapper's tables on PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.releases = Releases(pool)

    async def keep(self, waiting: Sequence[Waiting], *, anew: bool = True) -> None:
        """These orders wait for this now; unless ``anew``, what is kept already stays."""
        conflict = "UPDATE SET waits_for = excluded.waits_for, sku_ids = excluded.sku_ids"
        await self._pool.execute(
            "INSERT INTO mapper.waiting (stream_id, shop_id, waits_for, sku_ids) "
            "SELECT w.stream_id, w.shop_id, w.waits_for, "
            "coalesce(string_to_array(nullif(w.skus, ''), ','), '{}') "
            "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
            "AS w(stream_id, shop_id, waits_for, skus) "
            f"ON CONFLICT (stream_id) DO {conflict if anew else 'NOTHING'}",
            [entry.stream for entry in waiting],
            [entry.shop_id for entry in waiting],
            [entry.waits_for for entry in waiting],
            [",".join(entry.sku_ids) for entry in waiting],
        )

    async def drop(self, streams: Collection[str]) -> None:
        """These orders wait for nothing any more."""
        await self._pool.execute(
            "DELETE FROM mapper.waiting WHERE stream_id = ANY($1)", list(streams)
        )

    async def is_filled(self) -> bool:
        """Whether every order that waits is kept; not after the tables were dropped."""
        filled: bool = await self._pool.fetchval("SELECT EXISTS (SELECT FROM mapper.filled)")
        return filled

    async def mark_filled(self) -> None:
        """Every order that waits is kept, as of now."""
        await self._pool.execute("INSERT INTO mapper.filled DEFAULT VALUES ON CONFLICT DO NOTHING")

    async def waiting(
        self, shop_id: str, waits_for: WaitsFor, sku_id: str, after: str, limit: int
    ) -> tuple[str, ...]:
        """One page of the shop's waiting orders, by stream; ``sku_id`` "" takes every SKU."""
        found = await self._pool.fetch(
            "SELECT stream_id FROM mapper.waiting WHERE shop_id = $1 AND waits_for = $2 "
            + ("AND waits_for = 'link' AND sku_ids @> ARRAY[$5::text] " if sku_id else "")
            + "AND stream_id > $3 ORDER BY stream_id LIMIT $4",
            *((shop_id, waits_for, after, limit) + ((sku_id,) if sku_id else ())),
        )
        return tuple(row[0] for row in found)

    async def replace_variants(self, store: str, variants: Sequence[tuple[str, str]]) -> None:
        """The store has exactly these variants: ``(variant id, SKU)``."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM mapper.variant WHERE store = $1", store)
            await connection.execute(
                "INSERT INTO mapper.variant (store, variant_id, sku) "
                "SELECT $1, v.id, v.sku FROM unnest($2::text[], $3::text[]) AS v(id, sku)",
                store,
                [variant_id for variant_id, _ in variants],
                [normal_sku(sku) for _, sku in variants],
            )

    async def variants_by_sku(
        self, store: str, skus: Collection[str]
    ) -> dict[str, tuple[str, ...]]:
        """The ids of the store's variants that carry each SKU (compared as ``normal_sku``)."""
        found = await self._pool.fetch(
            "SELECT sku, variant_id FROM mapper.variant WHERE store = $1 AND sku = ANY($2) "
            "ORDER BY variant_id",
            store,
            [normal_sku(sku) for sku in skus],
        )
        by_sku: dict[str, list[str]] = {}
        for row in found:
            by_sku.setdefault(row[0], []).append(row[1])
        return {sku: tuple(by_sku.get(normal_sku(sku), ())) for sku in skus}


def normal_sku(sku: str) -> str:
    """SKUs are equal when they differ only in case and surrounding space."""
    return sku.strip().casefold()

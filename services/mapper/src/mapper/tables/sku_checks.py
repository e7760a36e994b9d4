"""SKUs whose link is to be looked at: durable, each once, with the name that its newest order has.

Every time is the database's.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from mapper.link_domain import SkuCheck, SkuKey
from mapper.tables.waiting import Release, Releases

_FIELDS: Final = "shop_id, sku_id, store, seller_sku, named_at, round, asked_in"
_NONE: Final[Mapping[SkuKey, str]] = {}
_BEGUN: Final = "coalesce((SELECT reading FROM mapper.catalogue k WHERE k.store = n.store), 0)"
_THE_SAME: Final = "(c.store, c.seller_sku) = (excluded.store, excluded.seller_sku)"
_IS_DUE: Final = (
    "CASE WHEN (c.store, c.seller_sku) = ({new}.store, {new}.seller_sku) "
    "THEN NOT c.is_open AND c.looked_at < now() - make_interval(secs => $7) "
    "ELSE {new}.named_at >= c.named_at END"
)
_GIVEN: Final = (
    "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[]) "
    "AS n(shop_id, sku_id, store, seller_sku, named_at, variant_id)"
)


class SkuChecks:
    """The table on PostgreSQL."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", releases: Releases) -> None:
        self._pool = pool
        self._releases = releases

    async def ask(self, checks: Sequence[SkuCheck], again_after_s: float) -> dict[SkuKey, bool]:
        """Have these looked up, unless that was done within ``again_after_s``; those still open.

        The newest order's name of a SKU counts. The value: whether it was never looked up by that
        name. One statement; what it would have opened and did not was opened by another process at
        the same time.
        """
        found = await self._pool.fetch(
            f"WITH asked AS (SELECT DISTINCT ON (shop_id, sku_id) *, {_BEGUN} AS asked_in "
            f"FROM {_GIVEN} ORDER BY shop_id, sku_id, named_at DESC), "
            "stores AS (INSERT INTO mapper.catalogue (store) SELECT DISTINCT store FROM asked "
            "ON CONFLICT DO NOTHING), "
            "changed AS (INSERT INTO mapper.sku_check AS c (shop_id, sku_id, store, seller_sku, "
            "named_at, variant_id, asked_in) SELECT * FROM asked "
            "ON CONFLICT (shop_id, sku_id) DO UPDATE SET "
            "store = excluded.store, seller_sku = excluded.seller_sku, "
            "named_at = greatest(c.named_at, excluded.named_at), round = c.round + 1, "
            "is_open = true, needs_reading = false, asked_at = now(), due_at = '-infinity', "
            f"asked_in = excluded.asked_in, looked_at = CASE WHEN {_THE_SAME} "
            "THEN c.looked_at END "
            f"WHERE {_IS_DUE.format(new='excluded')} "
            "RETURNING c.shop_id, c.sku_id, c.looked_at) "
            "SELECT shop_id, sku_id, looked_at IS NULL FROM changed UNION ALL "
            "SELECT a.shop_id, a.sku_id, c.looked_at IS NULL OR (c.named_at <= a.named_at "
            "AND (c.store, c.seller_sku) <> (a.store, a.seller_sku)) "
            "FROM asked a LEFT JOIN mapper.sku_check c USING (shop_id, sku_id) "
            f"WHERE (c.sku_id IS NULL OR c.is_open OR {_IS_DUE.format(new='a')}) "
            "AND NOT EXISTS (SELECT FROM changed d "
            "WHERE (d.shop_id, d.sku_id) = (a.shop_id, a.sku_id))",
            *_columns(checks),
            again_after_s,
        )
        return {(row[0], row[1]): row[2] for row in found}

    async def check_again(self, checks: Sequence[SkuCheck], *, seen_too: bool = True) -> None:
        """Have these links looked at, whenever that was done last; a newer name stays.

        ``seen_too``: also those whose variant is the one that was there the last time.
        """
        await self._pool.execute(
            f"WITH asked AS (SELECT *, {_BEGUN} AS asked_in FROM {_GIVEN}), "
            "stores AS (INSERT INTO mapper.catalogue (store) SELECT DISTINCT store FROM asked "
            "ON CONFLICT DO NOTHING) "
            "INSERT INTO mapper.sku_check AS c (shop_id, sku_id, store, seller_sku, named_at, "
            "variant_id, asked_in, looked_at) SELECT *, now() FROM asked "
            "ON CONFLICT (shop_id, sku_id) DO UPDATE SET "
            "store = excluded.store, round = c.round + 1, is_open = true, needs_reading = false, "
            "asked_in = CASE WHEN c.is_open THEN c.asked_in ELSE excluded.asked_in END, "
            "variant_id = excluded.variant_id WHERE $7 OR c.variant_id <> excluded.variant_id",
            *_columns(checks),
            seen_too,
        )

    async def products_changed(self, store: str, *, deleted: bool) -> None:
        """Look again at the SKUs that had no variant; ``deleted``: at those that had one, too.

        What was read of the store's products is wrong from now on.
        """
        await self._pool.execute(
            "WITH known AS (UPDATE mapper.catalogue SET stale = reading WHERE store = $1 "
            "RETURNING reading) "
            "UPDATE mapper.sku_check SET is_open = true, needs_reading = false, round = round + 1, "
            "asked_in = known.reading FROM known "
            "WHERE store = $1 AND NOT is_open AND ($2 OR variant_id = '')",
            store,
            deleted,
        )

    async def to_check(self, store: str, limit: int) -> tuple[SkuCheck, ...]:
        """What can be looked at without reading the store's products first, the oldest first."""
        found = await self._pool.fetch(
            f"SELECT {_FIELDS} FROM mapper.sku_check WHERE store = $1 AND is_open "
            "AND NOT needs_reading AND due_at <= now() ORDER BY asked_at LIMIT $2",
            store,
            limit,
        )
        return tuple(SkuCheck(*row) for row in found)

    async def looked(
        self,
        checks: Sequence[SkuCheck],
        releases: Sequence[Release],
        linked: Mapping[SkuKey, str] = _NONE,
    ) -> None:
        """These are done, and with that the orders that waited for it are to be decided again.

        ``linked``: the variants of those that have one now.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "UPDATE mapper.sku_check c SET is_open = false, looked_at = now(), "
                "variant_id = coalesce((SELECT v.variant_id FROM "
                "unnest($1::text[], $2::text[], $4::text[]) AS v(shop_id, sku_id, variant_id) "
                "WHERE (v.shop_id, v.sku_id) = (c.shop_id, c.sku_id)), '') " + _THESE_ROUNDS,
                *_rounds(checks),
                [linked.get(check.key, "") for check in checks],
            )
            await self._releases.add(releases, on=connection)

    async def need_reading(self, checks: Sequence[SkuCheck], *, anew: bool) -> None:
        """These wait until the store's products were read; ``anew``: what is known is wrong."""
        await self._pool.execute(
            "WITH stale AS (UPDATE mapper.catalogue SET stale = reading "
            "WHERE store = $4 AND $5) UPDATE mapper.sku_check c SET needs_reading = true "
            + _THESE_ROUNDS,
            *_rounds(checks),
            checks[0].store,
            anew,
        )

    async def set_aside(self, check: SkuCheck, wait_s: float) -> None:
        """This one cannot be looked at now, for a cause of its own."""
        await self._pool.execute(
            "UPDATE mapper.sku_check c SET due_at = now() + make_interval(secs => $4) "
            + _THESE_ROUNDS,
            *_rounds([check]),
            wait_s,
        )


_THESE_ROUNDS: Final = (
    "FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n(shop_id, sku_id, round) "
    "WHERE (c.shop_id, c.sku_id, c.round) = (n.shop_id, n.sku_id, n.round)"
)
"""Only as they were asked for: a round that has begun since is another one's."""


def _columns(checks: Sequence[SkuCheck]) -> tuple[list[object], ...]:
    return (
        [check.shop_id for check in checks],
        [check.sku_id for check in checks],
        [check.store for check in checks],
        [check.seller_sku for check in checks],
        [check.named_at for check in checks],
        [check.variant_id for check in checks],
    )


def _rounds(checks: Sequence[SkuCheck]) -> tuple[list[object], ...]:
    return (
        [check.shop_id for check in checks],
        [check.sku_id for check in checks],
        [check.round for check in checks],
    )

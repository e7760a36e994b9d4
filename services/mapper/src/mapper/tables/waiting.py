"""The mapper's tables: orders that wait, and releases that are worked off.

What waits is a view. Which waiting orders are to be decided again is a queue that
survives the process, in pages: each claim is for one page; the release that was worked on the
longest ago comes first, so that no shop waits for another's hundred thousand orders. Two processes
never work on one release at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import asyncpg

CLAIMED_S: Final = 60.0
PUT_OFF_S: Final = 5.0
WaitsFor = Literal["wish", "link", "writer", "shop"]
"""A person's Sync or automatic sync; what blocks it (a product link, mostly); the shopify-writer to
take the draft; the shop's window to move back."""


@dataclass(frozen=True, slots=True)
class Release:
    """Orders of one shop that wait for this; ``sku_id`` "" means whichever SKU they wait for."""

    shop_id: str
    waits_for: WaitsFor
    cause: str
    sku_id: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """One page's work: the release, where its next page begins, which round it belongs to."""

    release: Release
    after: str
    round: int


class Releases:
    """The queue on PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def add(
        self,
        releases: Sequence[Release],
        *,
        again: bool = True,
        on: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | None" = None,
    ) -> None:
        """Decide on these again; one that is under way begins anew, unless ``again`` is False.

        ``on``: in the transaction of this connection.
        """
        conflict = (
            "DO UPDATE SET cause = excluded.cause, round = excluded.round, after_stream = '', "
            "claimed_until = '-infinity'"
            if again
            else "DO NOTHING"
        )
        await (on or self._pool).execute(
            "INSERT INTO mapper.release AS r (shop_id, waits_for, sku_id, cause) "
            "SELECT DISTINCT ON (n.shop_id, n.waits_for, n.sku_id) * "
            "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
            "AS n(shop_id, waits_for, sku_id, cause) "
            "WHERE EXISTS (SELECT FROM mapper.waiting w "
            "WHERE w.shop_id = n.shop_id AND w.waits_for = n.waits_for) "
            f"ON CONFLICT (shop_id, waits_for, sku_id) {conflict}",
            [release.shop_id for release in releases],
            [release.waits_for for release in releases],
            [release.sku_id for release in releases],
            [release.cause for release in releases],
        )

    async def claim(self) -> Claim | None:
        """The next page's work, ours for a minute; None when there is none."""
        row = await self._pool.fetchrow(
            "UPDATE mapper.release SET claimed_until = now() + make_interval(secs => $1) "
            "WHERE (shop_id, waits_for, sku_id) = (SELECT shop_id, waits_for, sku_id "
            "FROM mapper.release WHERE claimed_until < now() ORDER BY worked_at "
            "LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "RETURNING shop_id, waits_for, cause, sku_id, after_stream, round",
            CLAIMED_S,
        )
        return Claim(Release(*row[:4]), row[4], row[5]) if row is not None else None

    async def go_on(self, claim: Claim, after: str) -> None:
        """The page up to ``after`` is done; a round begun since keeps its own place."""
        await self._pool.execute(
            "UPDATE mapper.release SET after_stream = $5, worked_at = clock_timestamp(), "
            "claimed_until = '-infinity' "
            "WHERE shop_id = $1 AND waits_for = $2 AND sku_id = $3 AND round = $4",
            *_key(claim),
            after,
        )

    async def put_off(self, claim: Claim) -> None:
        """Not now: in some seconds it may be claimed again; a round begun since may be at once."""
        await self._pool.execute(
            "UPDATE mapper.release SET claimed_until = now() + make_interval(secs => $5) "
            "WHERE shop_id = $1 AND waits_for = $2 AND sku_id = $3 AND round = $4",
            *_key(claim),
            PUT_OFF_S,
        )

    async def finish(self, claim: Claim) -> None:
        """Every page is done; a round begun since stays."""
        await self._pool.execute(
            "DELETE FROM mapper.release "
            "WHERE shop_id = $1 AND waits_for = $2 AND sku_id = $3 AND round = $4",
            *_key(claim),
        )


def _key(claim: Claim) -> tuple[str, str, str, int]:
    release = claim.release
    return release.shop_id, release.waits_for, release.sku_id, claim.round


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order that waits; ``sku_ids`` are the unlinked ones when it waits for a link.

    ``as_of``: what of its stream it follows from, as the function says.
    """

    stream: str
    shop_id: str
    waits_for: WaitsFor
    sku_ids: tuple[str, ...] = ()
    as_of: int = field(default=0, compare=False)


def as_of(version: int, *, expected: bool = False) -> int:
    """Which of two results is the later one: that of the later version of the order's stream.

    Of one version that of whoever ``expected`` it is: nobody else has a say from then on, unless
    events of his own have made the stream's version a later one.
    """
    return 2 * version + expected


_KEEP: Final = (
    "INSERT INTO mapper.waiting AS known (stream_id, shop_id, waits_for, sku_ids, as_of) "
    "SELECT w.stream_id, w.shop_id, w.waits_for, "
    "coalesce(string_to_array(nullif(w.skus, ''), ','), '{}'), w.as_of "
    "FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[]) "
    "AS w(stream_id, shop_id, waits_for, skus, as_of)"
)


def _columns(waiting: Sequence[Waiting]) -> tuple[list[object], ...]:
    return (
        [entry.stream for entry in waiting],
        [entry.shop_id for entry in waiting],
        [entry.waits_for for entry in waiting],
        [",".join(entry.sku_ids) for entry in waiting],
        [entry.as_of for entry in waiting],
    )


class Tables:
    """The mapper's tables on PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.releases = Releases(pool)

    async def keep(self, waiting: Sequence[Waiting], *, anew: bool = True) -> None:
        """These orders wait for this now, unless what is kept follows from a later version.

        Unless ``anew``, what is kept already stays.
        """
        conflict = (
            "UPDATE SET waits_for = excluded.waits_for, sku_ids = excluded.sku_ids, "
            "as_of = excluded.as_of WHERE known.as_of <= excluded.as_of"
        )
        await self._pool.execute(
            f"{_KEEP} ON CONFLICT (stream_id) DO {conflict if anew else 'NOTHING'}",
            *_columns(waiting),
        )

    async def expect(self, waiting: Sequence[Waiting]) -> dict[str, Waiting]:
        """These will wait for this, unless something is kept of them; what is kept now, by stream.

        Either way nothing that follows from an earlier version changes that any more.

        None is left out: one that another process keeps at the same time is missing in the answer
        only.
        """
        found = await self._pool.fetch(
            f"WITH expected AS ({_KEEP} ON CONFLICT (stream_id) DO UPDATE "
            "SET as_of = excluded.as_of WHERE known.as_of < excluded.as_of "
            "RETURNING stream_id, shop_id, waits_for, sku_ids) SELECT * FROM expected UNION ALL "
            "SELECT stream_id, shop_id, waits_for, sku_ids FROM mapper.waiting w "
            "WHERE stream_id = ANY($1) "
            "AND NOT EXISTS (SELECT FROM expected e WHERE e.stream_id = w.stream_id)",
            *_columns(waiting),
        )
        return {row[0]: Waiting(row[0], row[1], row[2], tuple(row[3])) for row in found}

    async def drop(self, settled: Mapping[str, int]) -> None:
        """These orders wait for nothing any more, as of so much of their streams."""
        await self._pool.execute(
            "DELETE FROM mapper.waiting w USING unnest($1::text[], $2::bigint[]) "
            "AS s(stream_id, as_of) WHERE w.stream_id = s.stream_id AND w.as_of <= s.as_of",
            list(settled),
            list(settled.values()),
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

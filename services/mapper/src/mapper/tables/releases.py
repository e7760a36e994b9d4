"""Which waiting orders are to be decided again: a queue that survives the process, in pages.

Each claim is for one page; the release that was worked on the longest ago comes first, so that no
shop waits for another's hundred thousand orders. Two processes never work on one release at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from mapper.tables.kinds import WaitsFor

CLAIMED_S: Final = 60.0
PUT_OFF_S: Final = 5.0


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

    async def add(self, releases: Sequence[Release], *, again: bool = True) -> None:
        """Decide on these again; one that is under way begins anew, unless ``again`` is False."""
        conflict = (
            "DO UPDATE SET cause = excluded.cause, round = r.round + 1, after_stream = '', "
            "claimed_until = '-infinity'"
            if again
            else "DO NOTHING"
        )
        await self._pool.execute(
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

"""The rows in a dict: for unit tests and demonstrations, with the same promises as ``tables``."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from console.rows import Changes, Cursor, OrderFilter, OrderRow, ShopFetched, Sku, Tally, Unshown


class MemoryRows:
    """Keeps the promises of ``Rows`` for one process."""

    def __init__(self) -> None:
        self._position = 0
        self._orders: dict[str, OrderRow] = {}
        self._skus: dict[tuple[str, str], Sku] = {}
        self._fetched: dict[str, ShopFetched] = {}
        self._unshown: dict[str, Unshown] = {}

    async def position(self) -> int:
        """See ``Rows.position``."""
        return self._position

    async def apply(self, changes: Changes, *, before: int, after: int) -> bool:
        """See ``Rows.apply``."""
        if self._position != before:
            return False
        self._orders.update({row.stream: row for row in changes.orders})
        self._apply_skus(changes)
        for shop in changes.fetched:
            so_far = self._fetched.get(shop.shop_id, shop)
            self._fetched[shop.shop_id] = so_far.then(shop)
        for stream in changes.streams:
            self._unshown.pop(stream, None)
        self._unshown |= {bad.stream: bad for bad in changes.unshown}
        self._position = after
        return True

    def _apply_skus(self, changes: Changes) -> None:
        for sku in changes.skus:
            known = self._skus.get((sku.shop_id, sku.sku_id), sku)
            self._skus[sku.shop_id, sku.sku_id] = replace(
                known,
                seller_sku=sku.seller_sku,
                product_name=sku.product_name or known.product_name,
                sku_name=sku.sku_name or known.sku_name,
            )
        for link in changes.links:
            known = self._skus.get((link.shop_id, link.sku_id), link)
            self._skus[link.shop_id, link.sku_id] = replace(
                known, variant_id=link.variant_id, store=link.store, linked_by=link.linked_by
            )

    async def unshown(self) -> tuple[Unshown, ...]:
        """See ``Rows.unshown``."""
        return tuple(self._unshown.values())

    async def clear(self) -> None:
        """See ``Rows.clear``."""
        self._position = 0
        self._orders.clear()
        self._skus.clear()
        self._fetched.clear()
        self._unshown.clear()

    async def orders(
        self, wanted: OrderFilter, *, after: Cursor | None = None, limit: int = 50
    ) -> tuple[OrderRow, ...]:
        """See ``Rows.orders``."""
        found = sorted(self._matching(wanted), key=lambda row: row.cursor, reverse=True)
        rest = (row for row in found if after is None or row.cursor < after)
        return tuple(row for row, _ in zip(rest, range(limit), strict=False))

    async def count(self, wanted: OrderFilter, *, limit: int) -> int:
        """See ``Rows.count``."""
        return min(limit, len(self._matching(wanted)))

    async def tally(self, shop_id: str | None = None) -> Sequence[Tally]:
        """See ``Rows.tally``."""
        counted = Counter(
            (row.status, row.reason_code)
            for row in self._orders.values()
            if shop_id in {None, row.shop_id}
        )
        return tuple(Tally(*key, orders) for key, orders in counted.items())

    async def skus(self, shop_id: str | None = None) -> tuple[Sku, ...]:
        """See ``Rows.skus``."""
        waiting: dict[tuple[str, str], list[OrderRow]] = defaultdict(list)
        for row in self._orders.values():
            for sku_id in row.open_sku_ids:
                waiting[row.shop_id, sku_id].append(row)
        counted = (
            replace(sku, waiting=len(waiting[key]), ship_by=_earliest(waiting[key]))
            for key, sku in self._skus.items()
            if shop_id in {None, sku.shop_id}
        )
        return tuple(sorted(counted, key=_linked_last))

    async def fetched(self) -> Mapping[str, ShopFetched]:
        """See ``Rows.fetched``."""
        return dict(self._fetched)

    def _matching(self, wanted: OrderFilter) -> list[OrderRow]:
        return [row for row in self._orders.values() if wanted.takes(row)]


def _earliest(rows: Iterable[OrderRow]) -> datetime | None:
    return min((row.ship_by for row in rows if row.ship_by is not None), default=None)


def _linked_last(sku: Sku) -> tuple[bool, int, str, str]:
    return sku.variant_id is not None, -sku.waiting, sku.shop_id, sku.sku_id


class MemoryAuthorizations:
    """Keeps what ``authorizations.Authorizations`` promises, as long as the process lives."""

    def __init__(self) -> None:
        self._begun: dict[str, tuple[str, datetime]] = {}

    async def begin(self, state_digest: str, begun_by: str, expires_at: datetime) -> None:
        """See ``Authorizations.begin``."""
        self._begun[state_digest] = (begun_by, expires_at)

    async def take(self, state_digest: str, now: datetime) -> bool:
        """See ``Authorizations.take``."""
        _, expires_at = self._begun.pop(state_digest, ("", now))
        return expires_at > now

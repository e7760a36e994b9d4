"""What the Orders and Products pages show, and what they can be asked. Kept by ``projection``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from lifecycle.shop import Shop
from lifecycle.status import Delivery, Status, waits_for
from ordersync_contracts.streams import link_stream, order_stream


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in the list. ``open_sku_ids``: what it needs links for, while not in Shopify."""

    shop_id: str
    order_id: str
    placed_at: datetime
    items: int
    total: Decimal
    currency: str
    tiktok_status: str
    status: Status
    reason_code: str | None = None
    next_attempt_at: datetime | None = None
    remark: str | None = None
    may_sync: bool = False
    delivery: Delivery | None = None
    store: str = ""
    shopify_order_id: str | None = None
    shopify_name: str = ""
    is_gift: bool = False
    is_sample: bool = False
    open_sku_ids: tuple[str, ...] = ()
    ship_by: datetime | None = None

    @property
    def stream(self) -> str:
        """The order's stream, which also names it in forms."""
        return order_stream(self.shop_id, self.order_id)

    def as_shop_stands(self, shop: Shop | None) -> "OrderRow":
        """The row, with the reason why it waits where nothing can be done in the shop's store."""
        if shop is None or self.status is not Status.SYNCING:
            return self
        return replace(self, reason_code=waits_for(shop))

    @property
    def shopify_number(self) -> str:
        """The number at the end of the gid: what Shopify admin shows in its address."""
        return (self.shopify_order_id or "").rpartition("/")[2]

    @property
    def cursor(self) -> "Cursor":
        """Where it stands in the list."""
        return Cursor(self.placed_at, self.stream)


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the list, newest first: the next page begins after it."""

    placed_at: datetime
    stream: str

    def __str__(self) -> str:
        return f"{self.placed_at.isoformat()}~{self.stream}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From what ``str`` gave; ValueError for anything else."""
        placed_at, _, stream = text.partition("~")
        at = datetime.fromisoformat(placed_at)
        if at.tzinfo is None:
            raise ValueError("a place in the list has a time zone")
        try:
            return cls(at.astimezone(UTC), stream)
        except OverflowError:
            raise ValueError("a place in the list lies within the calendar") from None


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders. ``status`` None: all but *Not eligible*. ``text``: begins either id."""

    status: Status | None = None
    shop_id: str | None = None
    reason_code: str | None = None
    text: str = ""
    gifts: bool = False
    samples: bool = False

    def takes(self, row: OrderRow) -> bool:
        """Whether the row is one of them."""
        return all(
            (
                row.status is self.status if self.status else row.status is not Status.NOT_ELIGIBLE,
                self.shop_id in {None, row.shop_id},
                self.reason_code in {None, row.reason_code},
                self._begins(row),
                row.is_gift or not self.gifts,
                row.is_sample or not self.samples,
            )
        )

    def _begins(self, row: OrderRow) -> bool:
        names = (row.order_id, row.shopify_number, row.shopify_name)
        return any(name.startswith(self.text) for name in names if name)


@dataclass(frozen=True, slots=True)
class Sku:
    """A TikTok SKU that orders or links named; ``variant_id`` None: not linked.

    ``waiting`` counts the eligible orders with it that are not in Shopify, wanted or not;
    ``ship_by`` is the earliest time by which TikTok wants one of them shipped.
    """

    shop_id: str
    sku_id: str
    seller_sku: str = ""
    product_name: str = ""
    sku_name: str = ""
    variant_id: str | None = None
    store: str = ""
    linked_by: str = ""
    waiting: int = 0
    ship_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShopFetched:
    """How far a shop's orders are fetched; None: nothing was said yet.

    From ``proven_from`` (by creation) both sides counted the same, up to ``complete_until``;
    history is read back to ``read_back_to``.
    """

    shop_id: str
    proven_from: datetime | None = None
    complete_until: datetime | None = None
    read_back_to: datetime | None = None

    def then(self, later: "ShopFetched") -> "ShopFetched":
        """With what was said later: proofs and history only ever reach further."""
        return ShopFetched(
            self.shop_id,
            _earliest(self.proven_from, later.proven_from),
            later.complete_until or self.complete_until,
            _earliest(self.read_back_to, later.read_back_to),
        )


def _earliest(*times: datetime | None) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Unshown:
    """A stream whose row could not be made or written, or lacks an event that cannot be read; and
    the fault's class. What was shown of it before stays.
    """

    stream: str
    error: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What one page of events changed: whole rows, SKUs that orders name, links, shops' fetching.

    ``fetched`` holds what the page says of each shop, to be added to what is known. ``unshown``
    streams, each once, are remembered until a row of theirs comes without them.
    """

    orders: tuple[OrderRow, ...] = ()
    skus: tuple[Sku, ...] = ()
    links: tuple[Sku, ...] = ()
    fetched: tuple[ShopFetched, ...] = ()
    unshown: tuple[Unshown, ...] = ()

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams whose rows these are."""
        orders = (row.stream for row in self.orders)
        return (*orders, *(link_stream(link.shop_id, link.sku_id) for link in self.links))


@dataclass(frozen=True, slots=True)
class Tally:
    """How many orders have this status and reason."""

    status: Status
    reason_code: str | None
    orders: int


class RowsRefused(Exception):
    """A row holds what cannot be stored; nothing was changed. The text is the fault's class."""

    safe = True


class Rows(Protocol):
    """The rows, in PostgreSQL (``tables``) or in memory (``memory``)."""

    async def position(self) -> int:
        """Up to which event they are."""

    async def apply(self, changes: Changes, *, before: int, after: int) -> bool:
        """Change the rows and move the position, together.

        False, and nothing changed, when the position is not ``before``: somebody else moved it.
        Raises RowsRefused.
        """

    async def unshown(self) -> tuple[Unshown, ...]:
        """The streams that cannot be shown as they are, the oldest first."""

    async def clear(self) -> None:
        """Empty, at position 0: to be filled again."""

    async def orders(
        self, wanted: OrderFilter, *, after: Cursor | None = None, limit: int = 50
    ) -> tuple[OrderRow, ...]:
        """One page of the list, newest first."""

    async def count(self, wanted: OrderFilter, *, limit: int) -> int:
        """How many orders there are, counted up to ``limit``."""

    async def tally(self, shop_id: str | None = None) -> Sequence[Tally]:
        """All orders by status and reason."""

    async def skus(self, shop_id: str | None = None) -> tuple[Sku, ...]:
        """All SKUs: those not linked first, most waiting orders first, then by id."""

    async def fetched(self) -> Mapping[str, ShopFetched]:
        """How far each shop's orders are fetched, by shop; a shop of which nothing was said: not
        there."""


def by_status(tally: Sequence[Tally]) -> Mapping[Status, int]:
    """The orders of each status."""
    counted = dict.fromkeys(Status, 0)
    for entry in tally:
        counted[entry.status] += entry.orders
    return counted

"""Orders, as the documents ``order_create``, ``order_find*``, ``orders_*`` return them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from shopify.wire import PageInfo, WireModel, at


class CreatedOrder(WireModel):
    """The order that ``order_create`` made. ``id`` is the gid, ``name`` the number as shown."""

    id: str
    legacy_resource_id: str
    name: str
    created_at: datetime
    processed_at: datetime
    source_identifier: str | None = None


class Attribute(WireModel):
    """One line of an order's additional details."""

    key: str
    value: str | None = None


class CustomId(WireModel):
    """The ``$app:tiktok_order_id`` metafield."""

    value: str


class FoundOrder(WireModel):
    """An order that stands in Shopify. What a document does not select keeps its default."""

    id: str
    legacy_resource_id: str
    name: str
    created_at: datetime
    processed_at: datetime | None = None
    cancelled_at: datetime | None = None
    source_identifier: str | None = None
    source_name: str | None = None
    tags: tuple[str, ...] = ()
    custom_attributes: tuple[Attribute, ...] = ()
    metafield: CustomId | None = None
    display_financial_status: str | None = None

    @property
    def custom_id(self) -> str | None:
        """Return the value of our id metafield, None without one."""
        return None if self.metafield is None else self.metafield.value


class Money(WireModel):
    """An amount in the store's currency. Compare as Decimal: Shopify drops trailing zeros."""

    amount: Decimal
    currency_code: str


class MoneyBag(WireModel):
    """Both currencies of an amount; only the store's is read."""

    shop_money: Money


class StandingOrder(FoundOrder):
    """A created order read back, with its total."""

    total_price_set: MoneyBag


class OrdersPage(WireModel):
    """One page of a search. A search lags: an order missing here may still exist."""

    nodes: tuple[FoundOrder, ...]
    page_info: PageInfo


def read_created(data: Mapping[str, Any]) -> CreatedOrder:
    """Read ``order_create``."""
    return CreatedOrder.read(at(data, "orderCreate", "order"))


def read_by_custom_id(data: Mapping[str, Any]) -> FoundOrder | None:
    """Read ``order_find_by_custom_id``: a direct lookup; None: no such order."""
    return FoundOrder.read_or_none(at(data, "orderByIdentifier"))


def read_search(data: Mapping[str, Any]) -> OrdersPage:
    """Read ``order_find`` or ``orders_recent``."""
    return OrdersPage.read(at(data, "orders"))


def read_back(data: Mapping[str, Any], ids: Sequence[str]) -> dict[str, StandingOrder | None]:
    """Read ``orders_read_back(ids)``: each gid with its order, None when it was deleted."""
    return StandingOrder.read_by_ids(data, ids)


class CancelledOrder(WireModel):
    """An order that was cancelled; ``cancel_reason`` as Shopify's enum names it."""

    id: str
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None

    @property
    def reason(self) -> str:
        """Return Shopify's reason as its webhook says it."""
        return (self.cancel_reason or "").lower()


class CancelledPage(WireModel):
    """One page of ``orders_cancelled``."""

    nodes: tuple[CancelledOrder, ...]
    page_info: PageInfo


def read_cancelled(data: Mapping[str, Any]) -> CancelledPage:
    """Read ``orders_cancelled``."""
    return CancelledPage.read(at(data, "orders"))


def cancelled_since_query(since: datetime) -> str:
    """Return the search for cancelled orders that changed at or after ``since`` (UTC-aware)."""
    return f"updated_at:>='{since.isoformat()}' AND status:cancelled"


def source_identifier_query(value: str) -> str:
    """Return the search for ``order_find`` by source identifier, cancelled orders included.

    The caller compares ``source_identifier`` itself: the search is tokenised.
    """
    return f"source_identifier:{_quoted(value)} AND {EVERY_STATUS}"


def created_since_query(since: datetime) -> str:
    """Return the search for orders created in Shopify at or after ``since`` (UTC-aware)."""
    return f"created_at:>='{since.isoformat()}' AND {EVERY_STATUS}"


EVERY_STATUS = "(status:open OR status:closed OR status:cancelled)"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

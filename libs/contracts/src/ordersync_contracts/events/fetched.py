"""OrderFetched: the TikTok Shop order as it is now, without personal data."""

from decimal import Decimal
from typing import ClassVar

from pydantic import AwareDatetime

from ordersync_contracts.events.event import OrderEvent, Value, VaultReference
from ordersync_contracts.money import ZERO


class ItemTax(Value):
    """One tax of one unit (Partner Center: Get Order List 202309, ``line_items[].item_tax``)."""

    type: str
    rate: Decimal | None = None
    amount: Decimal


class BundlePart(Value):
    """One component of a virtual bundle (``line_items[].combined_listing_skus``)."""

    product_id: str = ""
    sku_id: str
    seller_sku: str = ""
    count: int = 1


class OrderLine(Value):
    """One unit of the order: TikTok has no quantity, every unit is a line (``line_items[]``).

    Prices are per unit in ``currency``, before tax. ``status`` is TikTok's display status, kept as
    sent.
    """

    line_id: str
    product_id: str = ""
    product_name: str = ""
    sku_id: str
    sku_name: str = ""
    seller_sku: str = ""
    currency: str
    original_price: Decimal = ZERO
    sale_price: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    status: str = ""
    is_gift: bool = False
    taxes: tuple[ItemTax, ...] = ()
    retail_delivery_fee: Decimal = ZERO
    package_id: str = ""
    tracking_number: str = ""
    shipping_provider: str = ""
    parts: tuple[BundlePart, ...] = ()

    @property
    def is_cancelled(self) -> bool:
        """Whether this unit will not be shipped because it was cancelled."""
        return self.status in {"CANCELLED", "CANCEL"}


class Fee(Value):
    """An amount the buyer paid that is neither goods, shipping nor tax, under TikTok's name."""

    name: str
    amount: Decimal


class Payment(Value):
    """How the order's total composes (``payment``); amounts in ``currency``, absent ones zero.

    ``payment_platform_discount``: of the whole order, funded by a payment platform.
    """

    currency: str
    total: Decimal = ZERO
    sub_total: Decimal = ZERO
    original_total_product_price: Decimal = ZERO
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    payment_platform_discount: Decimal = ZERO
    shipping_fee: Decimal = ZERO
    original_shipping_fee: Decimal = ZERO
    shipping_fee_seller_discount: Decimal = ZERO
    shipping_fee_platform_discount: Decimal = ZERO
    shipping_fee_cofunded_discount: Decimal = ZERO
    tax: Decimal = ZERO
    product_tax: Decimal = ZERO
    shipping_fee_tax: Decimal = ZERO
    fees: tuple[Fee, ...] = ()


class OrderFetched(OrderEvent):
    """The TikTok order as it is now; one per change, never one per poll.

    Of two snapshots the one with the later ``(updated_at, asked_at)`` counts. Statuses and types
    are kept as TikTok sent them. ``problems`` names fields whose value could not be read, and
    ``unknown_fields`` those we do not know: names only, never a value. ``known_as``: the Shopify
    order ids that TikTok was told by other systems (Get External Order References 202406); None
    where that was not asked, as it is only for orders from before the connection.
    """

    PRODUCERS: ClassVar = ("fetcher",)
    CONSUMERS: ClassVar = ("mapper", "status-tracker")

    status: str
    order_type: str = ""
    fulfillment_type: str = ""
    shipping_type: str = ""
    delivery_option_name: str = ""
    region: str = ""
    created_at: AwareDatetime
    updated_at: AwareDatetime
    asked_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    ship_by: AwareDatetime | None = None
    release_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    collected_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    is_sample: bool = False
    is_replacement: bool = False
    is_exchange: bool = False
    replaced_order_id: str = ""
    cancel_requested: bool = False
    cancelled_by: str = ""
    tracking_number: str = ""
    shipping_provider: str = ""
    package_ids: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    payment: Payment
    recipient: VaultReference | None = None
    message: VaultReference | None = None
    known_as: tuple[str, ...] | None = None
    unknown_fields: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def says_the_same_as(self, other: "OrderFetched") -> bool:
        """Whether both describe the same order state, whenever they were asked for.

        A field that TikTok adds and we do not know says nothing about the order.
        """
        beside = {"asked_at": other.asked_at, "unknown_fields": other.unknown_fields}
        return self.model_copy(update=beside) == other

    def is_newer_than(self, other: "OrderFetched") -> bool:
        """Whether this snapshot counts over the other one."""
        return (self.updated_at, self.asked_at) > (other.updated_at, other.asked_at)


class OrderSetAside(OrderEvent):
    """TikTok has the order in a state that could not be recorded; all others went on without it.

    It is tried again with growing waits and whenever it changes; an OrderFetched that was asked for
    then or later, of this state (``updated_at``) or a later one, ends it. ``reason_code`` is in the
    catalogue, ``detail`` our own words: names and sizes, never a value. ``status``, ``placed_at``
    and ``updated_at`` are as TikTok sent them. The first telling stands.
    """

    PRODUCERS: ClassVar = ("fetcher",)

    FIRST_STANDS: ClassVar[bool] = True

    reason_code: str
    detail: str = ""
    status: str = ""
    placed_at: AwareDatetime
    asked_at: AwareDatetime
    updated_at: AwareDatetime | None = None

    def is_ended_by(self, snapshot: OrderFetched) -> bool:
        """Whether the order is recorded since, in this state or a later one."""
        is_older = self.updated_at is not None and snapshot.updated_at < self.updated_at
        return snapshot.asked_at >= self.asked_at and not is_older

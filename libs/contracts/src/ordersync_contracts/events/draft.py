"""ShopifyOrderDraft: the Shopify order to create, complete but for vault references."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.event import OrderEvent, Value, VaultReference
from ordersync_contracts.money import ZERO

Inventory = Literal["DECREMENT_IGNORING_POLICY", "DECREMENT_OBEYING_POLICY", "BYPASS"]


class Attribute(Value):
    """One row of Shopify's "Additional details"."""

    key: str
    value: str


class DraftTax(Value):
    """One tax line, collected and remitted by TikTok (``channelLiable``)."""

    title: str
    rate: Decimal
    amount: Decimal


class DraftLine(Value):
    """One Shopify line: equal TikTok units grouped into a quantity.

    ``variant_id`` is None for a custom line. ``unit_price`` is what one unit costs the buyer;
    ``line_ids`` are the TikTok units it stands for, as many as ``quantity``: of parts of a bundle
    the bundle's, once for each.
    """

    variant_id: str | None
    title: str
    variant_title: str = ""
    sku: str = ""
    sku_id: str
    quantity: int
    unit_price: Decimal
    taxes: tuple[DraftTax, ...] = ()
    line_ids: tuple[str, ...]
    is_gift: bool = False


class DraftShippingLine(Value):
    """One shipping line: the delivery option first, then one per further fee."""

    title: str
    price: Decimal
    taxes: tuple[DraftTax, ...] = ()


class FailedIdentity(Value):
    """An equation between TikTok's amounts that the order does not keep, and by how much.

    ``difference`` is the total less what should make it; of ``line_prices`` the sum over lines.
    """

    identity: str
    difference: Decimal


class Adjustment(Value):
    """A rest that made the total equal TikTok's: the identity it comes from, and how much."""

    identity: str
    amount: Decimal
    carried_by: Literal["shipping_line", "largest_line"]


class FundedDiscounts(Value):
    """Who paid which discount, kept for matching payouts; totals over the order."""

    seller: Decimal = ZERO
    platform: Decimal = ZERO
    payment_platform: Decimal = ZERO
    shipping_seller: Decimal = ZERO
    shipping_platform: Decimal = ZERO
    shipping_cofunded: Decimal = ZERO


class ShopifyOrderDraft(OrderEvent):
    """The Shopify order to create in ``store``; buyers' data only as vault references.

    ``snapshot_version`` and ``settings_version`` say what it was made from, ``replaces`` which
    draft's version it takes over from. ``total`` is what Shopify will show, to the cent.
    ``known_as``: Shopify order ids that TikTok was told this order is; if one is there, none is
    created.
    """

    PRODUCERS: ClassVar = ("mapper",)
    CONSUMERS: ClassVar = ("shopify-writer",)

    store: str
    snapshot_version: int
    settings_version: int
    replaces: int | None = None
    lane: Literal["live", "bulk"] = "live"
    placed_at: AwareDatetime
    paid_at: AwareDatetime | None = None
    currency: str
    total: Decimal
    lines: tuple[DraftLine, ...]
    shipping_lines: tuple[DraftShippingLine, ...]
    attributes: tuple[Attribute, ...]
    tags: tuple[str, ...]
    recipient: VaultReference | None = None
    message: VaultReference | None = None
    customer: Literal["relay", "none"] = "relay"
    inventory: Inventory = "DECREMENT_IGNORING_POLICY"
    discounts: Literal["buyer_paid", "merchant_revenue"] = "buyer_paid"
    funded_discounts: FundedDiscounts = FundedDiscounts()
    failed_identities: tuple[FailedIdentity, ...] = ()
    total_identity: Literal["total", "total_less_cancelled"] = "total"
    adjustment: Adjustment | None = None
    known_as: tuple[str, ...] = ()

    def creates_the_same_as(self, other: "ShopifyOrderDraft") -> bool:
        """Whether both would create the same Shopify order."""
        provenance = {
            "snapshot_version": 0,
            "settings_version": 0,
            "replaces": None,
            "lane": "live",
        }
        return self.model_copy(update=provenance) == other.model_copy(update=provenance)


class ShopifyOrderDraftWithdrawn(OrderEvent):
    """The draft is no longer wanted (automatic sync was switched off): which one."""

    PRODUCERS: ClassVar = ("mapper",)

    draft_version: int
    reason_code: str


class OrderBlocked(OrderEvent):
    """Wanted and eligible, but it cannot be translated; withdraws a draft.

    ``sku_ids`` names every unlinked SKU at once, with those that a bundle would be exploded into;
    ``field`` the field at fault, never its value.
    """

    PRODUCERS: ClassVar = ("mapper",)

    snapshot_version: int
    settings_version: int
    reason_code: str
    detail: str = ""
    sku_ids: tuple[str, ...] = ()
    field: str = ""

"""The buyer's price, taken apart (Partner Center: Get Price Detail 202407)."""

from tiktok.wire.values import Money, WireObject, WireRecord


class PriceParts(WireObject):
    """What order and line have in common; ``payment``: what the buyer paid."""

    currency: str = ""
    payment: Money | None = None
    total: Money | None = None
    subtotal: Money | None = None
    sku_list_price: Money | None = None
    sku_sale_price: Money | None = None
    subtotal_deduction_seller: Money | None = None
    subtotal_deduction_platform: Money | None = None
    subtotal_tax_amount: Money | None = None
    shipping_list_price: Money | None = None
    shipping_sale_price: Money | None = None
    shipping_fee_deduction_seller: Money | None = None
    shipping_fee_deduction_platform: Money | None = None
    tax_amount: Money | None = None
    tax_rate: Money | None = None
    net_price_amount: Money | None = None
    sku_gift_original_price: Money | None = None
    sku_gift_net_price: Money | None = None
    voucher_deduction_seller: Money | None = None
    voucher_deduction_platform: Money | None = None


class LinePrice(PriceParts):
    """One unit's part of the price."""

    id: str = ""


class PriceDetail(PriceParts, WireRecord):
    """The order's price with that of each unit."""

    line_items: tuple[LinePrice, ...] = ()

"""Cancellations (Partner Center: Search Cancellations 202309)."""

from typing import ClassVar

from tiktok.wire.values import Money, Seconds, WireObject, WireRecord


class RefundAmount(WireObject):
    """What goes back to the buyer. Trust ``refund_total``: the parts do not always add up."""

    currency: str = ""
    refund_total: Money | None = None
    refund_subtotal: Money | None = None
    refund_shipping_fee: Money | None = None
    refund_tax: Money | None = None
    retail_delivery_fee: Money | None = None
    buyer_service_fee: Money | None = None


class CancelLineItem(WireObject):
    """One unit that is cancelled."""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"product_image", "product_name", "sku_name"})

    cancel_line_item_id: str = ""
    order_line_item_id: str = ""
    sku_id: str = ""
    seller_sku: str = ""
    refund_amount: RefundAmount = RefundAmount()


class Cancellation(WireRecord):
    """A cancellation. Both ``…_CANCEL`` and ``…_CANCELLED`` occur as its last status."""

    UNREAD: ClassVar[frozenset[str]] = frozenset(
        {"seller_next_action_response", "cancel_reason_text"}
    )

    cancel_id: str = ""
    order_id: str = ""
    cancel_type: str = ""
    cancel_status: str = ""
    role: str = ""
    cancel_reason: str = ""
    create_time: Seconds | None = None
    update_time: Seconds | None = None
    refund_amount: RefundAmount = RefundAmount()
    cancel_line_items: tuple[CancelLineItem, ...] = ()

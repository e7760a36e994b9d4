"""What happened in Shopify: asked for, created, refused, changed, removed."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.event import OrderEvent, Value


class ShopifyOrderRequested(OrderEvent):
    """The intent, recorded before the call: from here on the order may exist in Shopify."""

    PRODUCERS: ClassVar = ("shopify-writer",)

    store: str
    draft_version: int
    attempt: int
    idempotency_key: str
    input_digest: str


class CreatedLine(Value):
    """One line of the Shopify order and the TikTok units it stands for."""

    line_ids: tuple[str, ...]
    variant_id: str | None = None
    quantity: int
    unit_price: Decimal


class ShopifyOrderCreated(OrderEvent):
    """The order stands in Shopify. The first one for a gid stands; a second counts as repeated.

    ``left_out`` names, in words, what it was created without: TikTok hid it or it could not be
    read, or Shopify would not take it (``phone``, ``province``, ``note beyond 5000 characters``).
    """

    PRODUCERS: ClassVar = ("shopify-writer",)
    CONSUMERS: ClassVar = ("status-tracker",)

    FIRST_STANDS: ClassVar[bool] = True

    outcome: Literal["created", "found", "adopted"]
    store: str
    shopify_order_id: str
    name: str = ""
    processed_at: AwareDatetime | None = None
    currency: str = ""
    total: Decimal | None = None
    lines: tuple[CreatedLine, ...] = ()
    draft_version: int | None = None
    left_out: tuple[str, ...] = ()


class ShopifyOrderFailed(OrderEvent):
    """An attempt ended without an order: why, and what happens next.

    ``reason_code`` is in the catalogue; ``shopify_code``, ``field`` and ``request_id`` are
    Shopify's own, never a value it echoed. ``next_attempt_at`` None: somebody has to act.
    """

    PRODUCERS: ClassVar = ("shopify-writer",)
    CONSUMERS: ClassVar = ("mapper",)

    store: str
    draft_version: int | None
    attempt: int
    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""
    next_attempt_at: AwareDatetime | None = None


ChangeKind = Literal["address", "cancellation", "tags", "note"]
How = Literal["", "cancelled", "tagged"]


class ShopifyOrderUpdated(OrderEvent):
    """A later change was applied to the Shopify order.

    ``content`` tells what of it stands there now: the keyed digest of the address or message, the
    tags that were added. ``how`` a cancellation was applied. ``left_out``: as in
    ShopifyOrderCreated.
    """

    PRODUCERS: ClassVar = ("status-tracker",)

    store: str
    shopify_order_id: str
    change: ChangeKind
    snapshot_version: int
    content: str = ""
    how: How = ""
    left_out: tuple[str, ...] = ()


class ShopifyUpdateFailed(OrderEvent):
    """A later change or a delivery status could not be applied: why, and what happens next.

    ``change`` is ``creation`` when the order read back is not as it was written, ``order`` for a
    change that Shopify cannot make to an order that exists. ``content``: which change, as in
    ShopifyOrderUpdated.
    """

    PRODUCERS: ClassVar = ("status-tracker", "shopify-writer")

    store: str
    shopify_order_id: str
    change: Literal[ChangeKind, "delivery", "creation", "order"]
    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""
    next_attempt_at: AwareDatetime | None = None
    content: str = ""


class ShopifyOrderRemoved(OrderEvent):
    """The order was deleted in Shopify; how we know."""

    PRODUCERS: ClassVar = ("shopify-writer",)

    store: str
    shopify_order_id: str
    seen_by: Literal["webhook", "reconciliation"]


class ShopifyOrderCancelled(OrderEvent):
    """The order was cancelled in Shopify, by whomever; ``reason`` is Shopify's code."""

    PRODUCERS: ClassVar = ("shopify-writer",)

    store: str
    shopify_order_id: str
    reason: str = ""

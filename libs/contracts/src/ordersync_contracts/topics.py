"""Which topic carries which event: the one declaration of the topology.

One topic per order event, named after it, so that each stage scales and replays by itself; one
topic each for shop, product-link and reconciliation events, because order matters within them.
The Kafka key is always the stream id. Everything else about topics is derived from here.
"""

from dataclasses import dataclass

from ordersync_contracts import events
from ordersync_contracts.events import Event

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its events, who writes them to the store, which groups consume them."""

    name: str
    events: tuple[type[Event], ...]
    producers: tuple[str, ...]
    consumers: tuple[str, ...] = ()
    partitions: int = 12
    retention_ms: int = 14 * DAY_MS


ORDER_FETCHED = Topic(
    "order-fetched", (events.OrderFetched,), ("fetcher",), ("mapper", "status-tracker")
)
ORDER_ELIGIBLE = Topic("order-eligible", (events.OrderEligible,), ("mapper",))
ORDER_INELIGIBLE = Topic("order-ineligible", (events.OrderIneligible,), ("mapper",))
SYNC_REQUESTED = Topic(
    "sync-requested", (events.SyncRequested,), ("console",), ("mapper", "status-tracker")
)
SHOPIFY_ORDER_DRAFT = Topic(
    "shopify-order-draft", (events.ShopifyOrderDraft,), ("mapper",), ("shopify-writer",)
)
SHOPIFY_ORDER_DRAFT_WITHDRAWN = Topic(
    "shopify-order-draft-withdrawn", (events.ShopifyOrderDraftWithdrawn,), ("mapper",)
)
ORDER_BLOCKED = Topic("order-blocked", (events.OrderBlocked,), ("mapper",))
SHOPIFY_ORDER_REQUESTED = Topic(
    "shopify-order-requested", (events.ShopifyOrderRequested,), ("shopify-writer",)
)
SHOPIFY_ORDER_CREATED = Topic(
    "shopify-order-created",
    (events.ShopifyOrderCreated,),
    ("shopify-writer",),
    ("status-tracker",),
)
SHOPIFY_ORDER_FAILED = Topic(
    "shopify-order-failed", (events.ShopifyOrderFailed,), ("shopify-writer",), ("mapper",)
)
SHOPIFY_ORDER_UPDATED = Topic(
    "shopify-order-updated", (events.ShopifyOrderUpdated,), ("status-tracker",)
)
SHOPIFY_UPDATE_FAILED = Topic(
    "shopify-update-failed",
    (events.ShopifyUpdateFailed,),
    ("status-tracker", "shopify-writer"),
)
SHOPIFY_ORDER_REMOVED = Topic(
    "shopify-order-removed", (events.ShopifyOrderRemoved,), ("shopify-writer",)
)
SHOPIFY_ORDER_CANCELLED = Topic(
    "shopify-order-cancelled", (events.ShopifyOrderCancelled,), ("shopify-writer",)
)
DELIVERY_STATUS_CHANGED = Topic(
    "delivery-status-changed",
    (events.DeliveryStatusChanged,),
    ("status-tracker",),
    ("status-tracker",),
)
DELIVERY_STATUS_SYNCED = Topic(
    "delivery-status-synced", (events.DeliveryStatusSynced,), ("status-tracker",)
)
ORDER_CANCELLED = Topic(
    "order-cancelled", (events.OrderCancelled,), ("status-tracker",), ("status-tracker",)
)
RECIPIENT_ERASED = Topic(
    "recipient-erased", (events.RecipientErased,), ("console", "shopify-writer", "fetcher")
)
SHOP = Topic(
    "shop",
    (
        events.ShopConnected,
        events.ShopDisconnected,
        events.ShopPaused,
        events.ShopResumed,
        events.AuthorizationExpiring,
        events.OrderSettingsChanged,
        events.AdoptionRequested,
        events.AdoptionFinished,
        events.WindowMoved,
    ),
    ("console", "fetcher", "shopify-writer", "status-tracker"),
    ("mapper", "shopify-writer"),
)
PRODUCT_LINK = Topic(
    "product-link",
    (events.ProductLinked, events.ProductUnlinked),
    ("console", "mapper"),
    ("mapper",),
)
RECONCILIATION = Topic(
    "reconciliation",
    (events.OrdersReconciled, events.HistoryFetched, events.StoreReconciled),
    ("fetcher", "shopify-writer"),
)

ALL: tuple[Topic, ...] = (
    ORDER_FETCHED,
    ORDER_ELIGIBLE,
    ORDER_INELIGIBLE,
    SYNC_REQUESTED,
    SHOPIFY_ORDER_DRAFT,
    SHOPIFY_ORDER_DRAFT_WITHDRAWN,
    ORDER_BLOCKED,
    SHOPIFY_ORDER_REQUESTED,
    SHOPIFY_ORDER_CREATED,
    SHOPIFY_ORDER_FAILED,
    SHOPIFY_ORDER_UPDATED,
    SHOPIFY_UPDATE_FAILED,
    SHOPIFY_ORDER_REMOVED,
    SHOPIFY_ORDER_CANCELLED,
    DELIVERY_STATUS_CHANGED,
    DELIVERY_STATUS_SYNCED,
    ORDER_CANCELLED,
    RECIPIENT_ERASED,
    SHOP,
    PRODUCT_LINK,
    RECONCILIATION,
)

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in ALL}
BY_EVENT: dict[str, Topic] = {event.type_name(): topic for topic in ALL for event in topic.events}
GROUPS: tuple[str, ...] = tuple(sorted({group for topic in ALL for group in topic.consumers}))


def consumed_by(group: str) -> tuple[Topic, ...]:
    """The topics a consumer group reads live."""
    return tuple(topic for topic in ALL if group in topic.consumers)


def replay_topic(group: str) -> str:
    """Where replays for one group go, beside its live topics."""
    return f"{group}-replay"


def dead_topic(group: str) -> str:
    """Where records go that a group cannot read."""
    return f"{group}-dead"

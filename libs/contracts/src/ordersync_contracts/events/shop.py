"""A TikTok shop: its connection, its pauses, its settings."""

from typing import Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.draft import Inventory
from ordersync_contracts.events.event import ShopEvent, Value

Side = Literal["tiktok", "shopify"]


class OrderSettings(Value):
    """How a shop's orders are synced; the defaults are what a new shop gets."""

    automatic_sync: bool = False
    discounts: Literal["buyer_paid", "merchant_revenue"] = "buyer_paid"
    inventory: Inventory = "DECREMENT_IGNORING_POLICY"
    customer: Literal["relay", "none"] = "relay"
    unlinked_items: Literal["block", "custom_line"] = "block"
    auto_link_same_sku: bool = False
    money_mismatch: Literal["carry", "block"] = "carry"
    cancellation: Literal["cancel", "tag", "ignore"] = "cancel"


class ShopConnected(ShopEvent):
    """The shop's TikTok side is connected under ``grant_id``, and, once chosen, its store.

    Orders created before ``window_begins_at`` are outside the window. ``app_id`` is our app's id in
    the store, as the store answered; "" where that was not asked.
    """

    name: str
    region: str
    grant_id: str
    store: str | None = None
    app_id: str = ""
    window_begins_at: AwareDatetime
    connected_at: AwareDatetime
    connected_by: str


class ShopDisconnected(ShopEvent):
    """The shop is no longer connected: its work stops and waits."""

    disconnected_by: str
    reason: str = ""


class ShopPaused(ShopEvent):
    """One side stopped working; nothing is lost, and it resumes by itself when the cause goes."""

    side: Side
    reason_code: str


class ShopResumed(ShopEvent):
    """The side works again."""

    side: Side


class AuthorizationExpiring(ShopEvent):
    """The seller's authorisation ends soon: renew it."""

    side: Side
    expires_at: AwareDatetime


class OrderSettingsChanged(ShopEvent):
    """The shop's order settings are these now, and who changed them."""

    settings: OrderSettings
    changed_by: str


class AdoptionRequested(ShopEvent):
    """A person wants the store scanned (again) for orders another connector created."""

    store: str
    requested_by: str


class AdoptionFinished(ShopEvent):
    """The store was scanned for orders another connector created; or a person waived the scan.

    It holds for the app of ``app_id``: another one sees no id metafield of its orders. Of the
    ``orders_found``, ``orders_recorded`` are new in their orders' streams, and
    ``orders_kept`` are of TikTok orders that no shop has fetched yet.
    """

    store: str
    app_id: str = ""
    orders_found: int = 0
    orders_recorded: int = 0
    orders_kept: int = 0
    waived_by: str = ""


class WindowMoved(ShopEvent):
    """The shop's orders begin earlier now, by whom; ``expected_orders`` TikTok counted in it."""

    begins_at: AwareDatetime
    moved_by: str
    expected_orders: int | None = None

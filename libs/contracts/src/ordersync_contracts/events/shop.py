"""A TikTok shop: its connection, its pauses, its settings."""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.draft import Inventory
from ordersync_contracts.events.event import ShopEvent, Value
from ordersync_contracts.settings import Setting, declared

Side = Literal["tiktok", "shopify"]


class OrderSettings(Value):
    """How a shop's orders are synced; the defaults are what a new shop gets."""

    automatic_sync: Annotated[
        bool,
        Setting(
            1,
            "Automatic sync",
            acts="mapper",
            help="Creates every eligible order in Shopify by itself, new ones and those not synced "
            "yet.",
        ),
    ] = False
    discounts: Annotated[
        Literal["buyer_paid", "merchant_revenue"],
        Setting(
            5,
            "Prices in Shopify",
            acts="mapping",
            meanings=(
                "What the buyer paid",
                "What you earn: discounts that TikTok pays are added back",
            ),
        ),
    ] = "buyer_paid"
    inventory: Annotated[
        Inventory,
        Setting(
            6,
            "Stock in Shopify",
            acts="mapping",
            meanings=(
                "Reduce it, also below zero",
                "Reduce it; an order without stock is not created",
                "Leave it alone",
            ),
        ),
    ] = "DECREMENT_IGNORING_POLICY"
    customer: Annotated[
        Literal["relay", "none"],
        Setting(
            7,
            "Customer in Shopify",
            acts="mapping",
            meanings=("Create one from TikTok's relay e-mail address", "Create none"),
        ),
    ] = "relay"
    unlinked_items: Annotated[
        Literal["block", "custom_line"],
        Setting(
            3,
            "An item has no linked Shopify variant",
            acts="mapping",
            meanings=(
                "Do not create the order until it is linked",
                "Create the order with a custom item",
            ),
        ),
    ] = "block"
    bundles: Annotated[
        Literal["block", "explode"],
        Setting(
            4,
            "A bundle has no linked Shopify variant, but its parts have",
            acts="mapping",
            meanings=(
                "Treat it like any item that has none",
                "Create its parts instead; they share its price evenly",
            ),
        ),
    ] = "block"
    auto_link_same_sku: Annotated[
        bool,
        Setting(
            2,
            "Link items with the same SKU",
            acts="mapper",
            help="Links a TikTok SKU to the one Shopify variant that has the same SKU. Never "
            "guesses between several.",
        ),
    ] = False
    money_mismatch: Annotated[
        Literal["carry", "block"],
        Setting(
            8,
            "TikTok's amounts do not add up",
            acts="mapping",
            meanings=("Carry a small rest and flag the order", "Do not create the order"),
        ),
    ] = "carry"
    cancellation: Annotated[
        Literal["cancel", "tag", "ignore"],
        Setting(
            9,
            "A synced order is cancelled in TikTok",
            acts="status_tracker",
            meanings=(
                "Cancel it in Shopify when nothing has shipped",
                "Tag it in Shopify",
                "Leave it alone",
            ),
        ),
    ] = "cancel"


ORDER_SETTINGS: Final = declared(OrderSettings)
"""The settings of a shop's orders, in the order in which they are shown."""


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
    """One side stopped working; nothing is lost, and it resumes by itself when the cause goes.

    ``refused``: the call that was refused, as our client names it; ``scopes``: the permissions that
    it lacked. Both empty where nothing was called, or nothing named.
    """

    side: Side
    reason_code: str
    refused: str = ""
    scopes: tuple[str, ...] = ()


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

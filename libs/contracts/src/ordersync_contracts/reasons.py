"""Every reason code: what happened, how to fix it, who can, whether it is retried.

Codes are a public contract: screens, command line, metrics and documentation speak them. Raising
a code that is not here fails a test.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

_SHOWN: Final = 64
Who = Literal["you", "us", "tiktok", "shopify"]


class RetryPolicy(StrEnum):
    """What happens next by itself."""

    NEVER = "a person acts, then presses Sync"
    WAITS = "by itself when the cause goes"
    BACKOFF = "by itself, with growing waits for 72 hours, then a person"


class Probe(StrEnum):
    """What is asked of a paused store, to see whether it can be used again."""

    LOOKUP = "an order is looked up"
    """For what holds for every call, changes of orders that exist included."""
    SCOPES = "the permissions that were missing are asked for"
    """For what holds for some calls only."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One code and its meaning for a merchant, and for the store where it came up.

    ``pauses``: nothing more is created in the store while it holds. ``probe``: what sees that the
    cause is gone, so that the pause ends by itself; without one it ends when the store is connected
    anew.
    """

    code: str
    title: str
    what: str
    fix: str
    who: Who
    retry: RetryPolicy
    pauses: bool = False
    probe: Probe | None = None


def _ineligible(code: str, title: str, what: str, fix: str, who: Who = "tiktok") -> Reason:
    return Reason(code, title, what, fix, who, RetryPolicy.WAITS)


def _waits(code: str, title: str, what: str, fix: str, who: Who = "you") -> Reason:
    return Reason(code, title, what, fix, who, RetryPolicy.WAITS)


def _pauses(code: str, title: str, what: str, fix: str, probe: Probe | None = None) -> Reason:
    return Reason(code, title, what, fix, "you", RetryPolicy.WAITS, pauses=True, probe=probe)


def _backoff(code: str, title: str, what: str, fix: str, who: Who = "shopify") -> Reason:
    return Reason(code, title, what, fix, who, RetryPolicy.BACKOFF)


def _never(code: str, title: str, what: str, fix: str, who: Who = "you") -> Reason:
    return Reason(code, title, what, fix, who, RetryPolicy.NEVER)


NOT_ELIGIBLE: tuple[Reason, ...] = (
    _ineligible(
        "unpaid",
        "Not paid yet",
        "The buyer has not paid.",
        "Nothing to do: it becomes eligible once it is paid and the hold is over.",
    ),
    _ineligible(
        "on_hold",
        "On hold",
        "TikTok holds new orders while the buyer may still cancel.",
        "Nothing to do: it becomes eligible when the hold ends.",
    ),
    _ineligible(
        "cancelled",
        "Cancelled in TikTok",
        "The order was cancelled.",
        "Nothing to do: there is nothing to ship.",
    ),
    _ineligible(
        "fulfilled_by_tiktok",
        "Fulfilled by TikTok",
        "TikTok ships this order from its own warehouse.",
        "Nothing to do: only orders you fulfil yourself are synced.",
    ),
    _ineligible(
        "not_fulfilled_by_seller",
        "Not fulfilled by the seller",
        "TikTok names a fulfilment type that is not Fulfilled by Seller.",
        "Nothing to do: only orders you fulfil yourself are synced.",
    ),
    _ineligible(
        "not_us",
        "Not a US order",
        "The shop, the currency or the destination is outside the US.",
        "Nothing to do: only US orders are synced.",
        "you",
    ),
    _ineligible(
        "outside_window",
        "Placed before the connection",
        "It was placed before the shop's orders begin in ordersync.",
        "Move the beginning back with `ordersync shop backfill --since`.",
        "you",
    ),
    _ineligible(
        "refunded_before_delivery",
        "Refunded before delivery",
        "TikTok completed the order without a delivery: it was refunded.",
        "Nothing to do: there is nothing to ship.",
    ),
    _ineligible(
        "nothing_left_to_ship",
        "Nothing left to ship",
        "Every item of the order was cancelled.",
        "Nothing to do.",
    ),
    _ineligible(
        "no_lines",
        "No items",
        "TikTok sent the order without items.",
        "Nothing to do: it is read again when TikTok sends the items.",
    ),
    _ineligible(
        "unknown_status",
        "Status not known",
        "TikTok sent a status that ordersync does not know.",
        "Update ordersync; the order is kept and read again.",
        "us",
    ),
)

BLOCKED: tuple[Reason, ...] = (
    _waits(
        "unlinked_sku",
        "Item not linked",
        "An item has no linked Shopify variant.",
        "Link the SKU on the Products page or with `ordersync products link`.",
    ),
    _waits(
        "unlinked_bundle",
        "Bundle not linked",
        "A bundle has no linked Shopify variant, though all its parts have.",
        "Set `bundles` to explode, so that its parts are created; or link the bundle's SKU.",
    ),
    _never(
        "money_mismatch",
        "Amounts do not add up",
        "TikTok's total differs from its parts by more than may be carried.",
        "Check the order in Seller Center; set `money_mismatch` to carry, then press Sync.",
    ),
    _never(
        "unreadable_amount",
        "Amount not readable",
        "TikTok sent an amount that is not a number, is negative or has too many decimals.",
        "Check the order in Seller Center and press Sync when TikTok has corrected it.",
        "tiktok",
    ),
    _never(
        "mixed_currencies",
        "Two currencies",
        "The order's items and payment name different currencies.",
        "Check the order in Seller Center; create it in Shopify by hand.",
        "tiktok",
    ),
    _never(
        "missing_sku",
        "Item without SKU",
        "TikTok sent an item without a SKU id, so it cannot be linked.",
        "Create the order in Shopify by hand.",
        "tiktok",
    ),
    _never(
        "too_many_lines",
        "Too many different items",
        "Shopify takes 250 different items in one order; equal ones are one already.",
        "Create the order in Shopify by hand, in parts.",
    ),
    _waits(
        "no_store",
        "No Shopify store connected",
        "The TikTok shop is not connected to a Shopify store.",
        "Connect a store in Settings or with `ordersync shop connect-shopify`.",
    ),
)

FAILED: tuple[Reason, ...] = (
    _waits(
        "adoption_pending",
        "Store is being scanned",
        "The store is still scanned for orders that another connector created.",
        "Nothing to do; or waive the scan with `ordersync shop adopt --waive`.",
        "us",
    ),
    _waits(
        "reading_products",
        "Looking for the item in Shopify",
        "The store's products are being read, to find the one variant with this item's SKU.",
        "Nothing to do: it goes on by itself. If it lasts, the store does not answer: "
        "`ordersync shop ls`.",
        "us",
    ),
    _waits(
        "shop_disconnected",
        "Shop disconnected",
        "The TikTok shop or its store is disconnected.",
        "Connect it again: waiting orders go on.",
    ),
    _pauses(
        "definition_missing",
        "Order id field missing in Shopify",
        "The store has no definition of the unique TikTok order id; without it an order cannot "
        "be looked up, so nothing is created.",
        "Connect the store again: connecting creates the definition.",
        Probe.LOOKUP,
    ),
    _pauses(
        "token_invalid",
        "Shopify access ended",
        "Shopify refused the store's access token.",
        "Connect the store again.",
        Probe.LOOKUP,
    ),
    _pauses(
        "missing_scope",
        "Permission missing in Shopify",
        "The app lacks a permission it needs in this store.",
        "Grant the app's permissions by connecting the store again.",
        Probe.SCOPES,
    ),
    _pauses(
        "protected_data",
        "App not approved for customer data",
        "Shopify has not approved the app for protected customer data, which orders hold.",
        "Ask for that access in the app's settings at Shopify, then connect the store again.",
    ),
    _pauses(
        "offline_token_required",
        "Wrong kind of Shopify token",
        "Shopify creates orders only with an offline access token.",
        "Connect the store with an offline token.",
    ),
    _pauses(
        "app_uninstalled",
        "App removed from the Shopify store",
        "The app was uninstalled in Shopify, so nothing can be created there.",
        "Install the app again and connect the store again.",
        Probe.LOOKUP,
    ),
    _pauses(
        "shop_frozen",
        "Shopify store frozen",
        "The Shopify store is frozen or dormant.",
        "Settle the store's plan with Shopify.",
        Probe.LOOKUP,
    ),
    _backoff(
        "security_rejection",
        "Rejected by Shopify's protection",
        "Shopify rejected the request as suspicious.",
        "Nothing to do at first; if it stays, ask Shopify support with the request id.",
    ),
    _backoff(
        "turned_away",
        "Turned away by Shopify",
        "Shopify refused the call without naming a permission that is missing.",
        "Nothing to do at first; if it stays, connect the store again, or ask Shopify support with "
        "the request id.",
    ),
    _backoff(
        "shopify_unavailable",
        "Shopify not reachable",
        "Shopify did not answer or failed.",
        "Nothing to do: it is tried again.",
    ),
    _backoff(
        "throttled",
        "Shopify is busy",
        "Shopify's request budget was used up.",
        "Nothing to do: it is tried again.",
    ),
    _backoff(
        "too_many_attempts",
        "Shopify's order limit",
        "Shopify limits new orders on trial and development stores to five a minute.",
        "Nothing to do: it is tried again. A paid plan lifts the limit.",
    ),
    _waits(
        "outcome_unknown",
        "Outcome not known yet",
        "Shopify did not answer whether it created the order, and for more than an hour nobody "
        "could learn from it whether the order is there.",
        "Nothing to do at first: it is looked up until Shopify answers, and nothing is created "
        "twice. If it lasts, the log says what was answered (`order.not_looked_up`, "
        "`order.still_found`).",
        "shopify",
    ),
    _backoff(
        "not_created",
        "Not created",
        "The call's outcome was unknown; the order is proven not to be in Shopify.",
        "Nothing to do: it is tried again.",
        "us",
    ),
    _backoff(
        "not_sent_in_time",
        "Not sent in time",
        "So much time passed between the decision to create the order and its call that the call "
        "was not made.",
        "Nothing to do: it is tried again. If it stays, the database or this machine is slow.",
        "us",
    ),
    _backoff(
        "recipient_unavailable",
        "Address not readable",
        "The stored address could not be opened.",
        "Nothing to do at first; check the vault's keys if it stays.",
        "us",
    ),
    _waits(
        "variant_deleted",
        "Linked variant deleted",
        "A linked Shopify variant no longer exists.",
        "Link the SKU to another variant.",
    ),
    _never(
        "stock_claim_failed",
        "Out of stock in Shopify",
        "Shopify refused because the stock does not cover the order.",
        "Restock, or set inventory to ignore the policy, then press Sync.",
    ),
    _never(
        "shopify_refused",
        "Refused by Shopify",
        "Shopify refused the order.",
        "See code and field; correct the cause and press Sync.",
    ),
    _never(
        "invalid_request",
        "Request not understood by Shopify",
        "Shopify did not accept the form of our request: a fault of ordersync.",
        "Report it with the request id; press Sync after an update.",
        "us",
    ),
    _never(
        "cannot_prove_absent",
        "Too old to check",
        "The order is older than what the app may look up in Shopify, so it cannot be proven "
        "absent and is not created.",
        "Grant the app access to all orders, then press Sync.",
    ),
)

UPDATE_FAILED: tuple[Reason, ...] = (
    _waits(
        "order_removed",
        "Deleted in Shopify",
        "The Shopify order no longer exists.",
        "Press Sync to create it again.",
    ),
    _never(
        "fulfillment_refused",
        "Fulfilment refused",
        "Shopify refused to fulfil the items: they are on hold, cancelled or already fulfilled.",
        "Look at the order's fulfilment in Shopify.",
    ),
    _never(
        "update_refused",
        "Change refused",
        "Shopify refused the change.",
        "Make the change in Shopify by hand.",
    ),
    _never(
        "order_id_missing",
        "TikTok order id missing in Shopify",
        "The created order does not carry its TikTok order id: another order may hold it.",
        "Look in Shopify for a second order with this TikTok order id and delete one of them.",
    ),
    _never(
        "total_differs",
        "Total differs in Shopify",
        "Shopify shows another total than TikTok.",
        "Compare the order in Shopify with TikTok and correct it by hand.",
    ),
    _never(
        "doubled_in_shopify",
        "Twice in Shopify",
        "Two orders in Shopify carry this TikTok order id.",
        "Keep the order that ordersync names and delete the other in Shopify.",
    ),
    _never(
        "address_changed_masked",
        "Address corrected, but hidden",
        "The buyer corrected the address and TikTok shows it only with asterisks.",
        "Look the address up in Seller Center and correct it in Shopify by hand.",
    ),
    _never(
        "order_changed",
        "Changed in TikTok after creation",
        "Items or amounts of the order changed in TikTok; Shopify lets no app change those of an "
        "order that exists.",
        "Compare the order with Seller Center and edit it in Shopify by hand.",
    ),
)

WITHDRAWN: tuple[Reason, ...] = (
    _waits(
        "automatic_sync_off",
        "Automatic sync switched off",
        "Automatic sync was switched off before the order was created.",
        "Press Sync, or switch automatic sync on.",
    ),
)

PAUSED: tuple[Reason, ...] = (
    _waits(
        "tiktok_authorization_ended",
        "TikTok authorisation ended",
        "TikTok no longer accepts the seller's authorisation.",
        "Authorise ordersync again in TikTok Shop.",
    ),
    _waits(
        "tiktok_token_refused",
        "TikTok refuses our access tokens",
        "TikTok refused an access token that it had just given (105002).",
        "Nothing to do at first; if it stays, authorise ordersync again in TikTok Shop.",
        "tiktok",
    ),
    _waits(
        "tiktok_scope_missing",
        "Permission missing in TikTok Shop",
        "The seller's authorisation lacks a permission that a call needs.",
        "Authorise ordersync again in TikTok Shop, with all permissions that it asks for.",
    ),
)

NOT_RECORDED: tuple[Reason, ...] = (
    _waits(
        "order_too_large",
        "Too large to be recorded",
        "The order has so many items that its record exceeds 900,000 bytes (some 2,400 items), "
        "which is what one event may have.",
        "Create the order in Shopify by hand.",
        "us",
    ),
    _waits(
        "buyer_data_locked",
        "Stored buyer's data cannot be opened",
        "The master key that the buyer's stored data needs is missing or another one, so what "
        "changed cannot be compared with it.",
        "Put the key that the order's timeline names back into `VAULT_KEYS`.",
        "us",
    ),
    _waits(
        "references_unavailable",
        "Not known whether it is in Shopify",
        "TikTok does not say whether another connector created this order in Shopify before.",
        "Nothing to do: it is asked again.",
        "tiktok",
    ),
    _waits(
        "order_not_recorded",
        "Could not be recorded",
        "The order as TikTok sent it could not be recorded: a fault of ordersync.",
        "Report it with what the order's timeline says; it is tried again, also after an update.",
        "us",
    ),
)

CATALOGUE: dict[str, Reason] = {
    reason.code: reason
    for group in (NOT_ELIGIBLE, BLOCKED, FAILED, UPDATE_FAILED, WITHDRAWN, PAUSED, NOT_RECORDED)
    for reason in group
}

PAUSES: frozenset[str] = frozenset(code for code, entry in CATALOGUE.items() if entry.pauses)
"""Reasons that stop every creation in the store."""

STORE_WIDE: frozenset[str] = frozenset(
    code for code, entry in CATALOGUE.items() if entry.probe is Probe.LOOKUP
)
"""Pauses for which the store refuses every call. Changes of orders that exist pause for these
alone: they need other permissions than creating, which would stop for their sake."""


def reason(code: str) -> Reason:
    """The reason of a code; KeyError for a code that is not in the catalogue."""
    return CATALOGUE[code]


def told(code: str) -> Reason:
    """What people are told of a code, also of one that only a newer version knows."""
    return CATALOGUE.get(code) or Reason(
        code,
        "A reason that this version does not know",
        f"A newer version of ordersync gave the reason {code[:_SHOWN]}.",
        "Update ordersync: this version goes on with everything that it knows.",
        "us",
        RetryPolicy.WAITS,
    )

"""How statuses, reasons, amounts and times are shown: an icon and a word, never colour alone."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from markupsafe import Markup

from lifecycle import status as statuses
from lifecycle.shop import Shop
from lifecycle.status import Status, View
from ordersync_contracts.reasons import Reason, RetryPolicy, told

ICONS: Final = {
    Status.SYNCED: "check",
    Status.SYNCING: "arrows",
    Status.NOT_SYNCED: "circle",
    Status.SYNC_FAILED: "alert",
    Status.NOT_ELIGIBLE: "minus",
}
TONES: Final = {
    Status.SYNCED: "good",
    Status.SYNCING: "busy",
    Status.NOT_SYNCED: "plain",
    Status.SYNC_FAILED: "bad",
    Status.NOT_ELIGIBLE: "muted",
}
WHO: Final = {
    "you": "You can fix this",
    "us": "ordersync takes care of this",
    "tiktok": "TikTok decides this",
    "shopify": "Shopify decides this",
}
RETRY: Final = {
    RetryPolicy.NEVER: "Then press Sync.",
    RetryPolicy.WAITS: "It goes on by itself when the cause is gone.",
    RetryPolicy.BACKOFF: "It is tried again by itself.",
}


def tone(status: Status) -> str:
    """The badge's tone."""
    return TONES[status]


def icon(status: Status) -> str:
    """The badge's icon."""
    return ICONS[status]


def reason(code: str | None) -> Reason | None:
    """What people are told of a code; None of none."""
    return told(code) if code else None


def retry(seen: View) -> str:
    """What happens next by itself to an order that has a reason; empty when that says nothing."""
    why = reason(seen.reason_code)
    if why is None or not (seen.may_sync or seen.status is Status.SYNC_FAILED):
        return ""
    if why.retry is RetryPolicy.BACKOFF and seen.next_attempt_at is None:
        return "It was tried for 72 hours: press Sync to try it again."
    return RETRY[why.retry]


def shipping(type_: str) -> str:
    """Who ships, in TikTok's own words."""
    return {"SELLER": "Seller Shipping", "TIKTOK": "TikTok Shipping"}.get(type_, type_)


def marked(text: str) -> Markup:
    """A catalogue text; what it puts in backticks is shown as something to type."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts)
    )


def amount(value: Decimal | None, currency: str) -> str:
    """An amount with its currency; dollars the way US sellers write them."""
    if value is None:
        return ""
    return f"${value:,.2f}" if currency == "USD" else f"{value:,.2f} {currency}"


def when(at: datetime | None) -> str:
    """A time in UTC; the page's script shows it in the reader's own zone."""
    return f"{at:%b %d, %Y, %H:%M} UTC" if at else ""


def admin_url(store: str, number: str) -> str:
    """The order in Shopify admin."""
    return f"https://{store}/admin/orders/{number}"


def cannot_sync(status: Status, code: str | None) -> str:
    """Why the Sync button of an order is off."""
    why = reason(code)
    match status:
        case Status.SYNCED:
            return "It is in Shopify already."
        case Status.SYNCING:
            return "It is being synced already."
        case _:
            return f"{why.title}: {why.what}" if why else "It cannot be synced now."


def waits_for(shop: Shop | None) -> str:
    """What keeps a shop's orders from being created now; empty when nothing does."""
    code = statuses.waits_for(shop) if shop is not None else None
    return f"Waits: {told(code).title}" if code else ""

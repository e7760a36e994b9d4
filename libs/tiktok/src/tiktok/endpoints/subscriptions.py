"""Endpoints about a shop's webhook subscriptions."""

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import read_page
from tiktok.wire.subscriptions import Subscription

_PATH = "/event/202309/webhooks"


class SubscriptionEndpoints(SignedCalls):
    """Where a shop's events go: list, put."""

    async def webhooks_list(self, shop: Shop) -> tuple[Subscription, ...]:
        """Return the shop's subscriptions (Get Shop Webhooks 202309)."""
        reply = await self.about_shop(shop, "webhooks_list", "GET", _PATH)
        return read_page(reply, "webhooks", Subscription).items

    async def webhooks_put(self, shop: Shop, event_type: str, address: str) -> None:
        """Send one kind of event to an https address of at most 255 characters (202309)."""
        body = {"event_type": event_type, "address": address}
        await self.about_shop(shop, "webhooks_put", "PUT", _PATH, {}, body)

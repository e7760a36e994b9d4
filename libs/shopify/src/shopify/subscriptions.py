"""A store's subscriptions to what it says by itself: made, and made again.

Shopify removes a subscription after eight deliveries in a row that were not taken, and says nothing
(shopify.dev "Webhooks"). The compliance topics are not among these: they belong to the app's own
configuration. Admin GraphQL 2026-10: webhookSubscriptions, webhookSubscriptionCreate.
"""

from typing import Final

from shopify.answers import Done
from shopify.calls import Calls
from shopify.webhooks import SUBSCRIBED, subscription
from shopify.wire import PageInfo, WireModel, at

_LIST: Final = "webhook_subscriptions"
_CREATE: Final = "webhook_subscription_create"


class Subscription(WireModel):
    """One topic that goes to one address."""

    topic: str
    uri: str


class SubscriptionsPage(WireModel):
    """One page of the app's subscriptions in a store."""

    nodes: tuple[Subscription, ...]
    page_info: PageInfo


class NotSubscribed(Exception):
    """The store did not say what it is subscribed to, or refused some topics."""

    safe = True


async def ensure(shopify: Calls, domain: str, url: str) -> tuple[str, ...]:
    """Have every topic of SUBSCRIBED sent to ``url``; which ones were not.

    Raises NotSubscribed, which names the topics that Shopify refused; the others are subscribed.
    What goes to another address as well is left alone.
    """
    known = await _known(shopify, domain, url)
    missing = tuple(topic for topic, name in SUBSCRIBED.items() if name not in known)
    refused = [topic for topic in missing if not await _is_made(shopify, domain, topic, url)]
    if refused:
        raise NotSubscribed(f"store {domain}: not subscribed to {', '.join(refused)}")
    return missing


async def _known(shopify: Calls, domain: str, url: str) -> frozenset[str]:
    known: set[str] = set()
    after: str | None = None
    while True:
        answer = await shopify.execute(domain, _LIST, {"after": after})
        if not isinstance(answer, Done):
            raise NotSubscribed(f"store {domain}: {type(answer).__name__} to {_LIST}")
        page = SubscriptionsPage.read(at(answer.data, "webhookSubscriptions"))
        known |= {subscription.topic for subscription in page.nodes if subscription.uri == url}
        after = page.page_info.next_cursor
        if after is None:
            return frozenset(known)


async def _is_made(shopify: Calls, domain: str, topic: str, url: str) -> bool:
    return isinstance(await shopify.execute(domain, _CREATE, subscription(topic, url)), Done)

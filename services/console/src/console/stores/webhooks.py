"""A store subscribed to what it says by itself, when it is connected.

The compliance topics are not among these: they belong to the app's own configuration (docs).
Admin GraphQL 2026-10: webhookSubscriptionCreate.
"""

from shopify.answers import Done
from shopify.calls import Calls
from shopify.webhooks import SUBSCRIBED


async def subscribe(shopify: Calls, domain: str, url: str) -> tuple[str, ...]:
    """Subscribe ``url`` to each topic; the topics that Shopify did not newly take.

    Those are there already, when the store was connected before, or were refused.
    """
    left: list[str] = []
    for topic, name in SUBSCRIBED.items():
        wanted = {"topic": name, "webhookSubscription": {"uri": url, "format": "JSON"}}
        answer = await shopify.execute(domain, "webhook_subscription_create", wanted)
        if not isinstance(answer, Done):
            left.append(topic)
    return tuple(left)

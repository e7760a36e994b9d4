"""The worker that carries out what Shopify's webhooks ask for."""

from inbox.interface import Inbox
from inbox.worker import InboxSettings, InboxWorker
from runtime.clock import Clocks
from runtime.randomness import Chance
from shopify.webhooks import Webhook
from shopify_writer.domain import SOURCE
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.actions import WebhookActions
from shopify_writer.webhooks.inbox import KEPT_FOR


def webhook_worker(
    inbox: Inbox[Webhook],
    actions: WebhookActions,
    settings: WriterSettings,
    clocks: Clocks,
    chance: Chance,
) -> InboxWorker[Webhook]:
    """It also counts the requests that wait for a person."""
    working = InboxSettings(
        by=SOURCE,
        failed=actions.metrics.failed,
        waits=settings.waits.shopify_webhook,
        kept_for=KEPT_FOR,
        at_a_time=100,
        look_every_s=settings.beats.webhooks,
    )

    async def measure() -> None:
        actions.metrics.open_requests(len(await inbox.requests()))

    return InboxWorker(inbox, actions.act, working, clocks.wall, chance, measure)

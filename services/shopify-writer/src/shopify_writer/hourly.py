"""What is compared in each store once in a while (``reconcile_stores_every_s``)."""

from datetime import timedelta

from prometheus_client import CollectorRegistry

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from runtime.service import Round
from shopify_writer.reconciliation.finding import ReconciliationMetrics
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.reconciliation.reconciling import Reconciling
from shopify_writer.reconciliation.turns import Turns
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.missed import MissedWebhooks


def looks(
    journal: Journal,
    shops: ShopBook,
    listing: Listing,
    turns: Turns,
    settings: WriterSettings,
    metrics: WebhookMetrics,
    registry: CollectorRegistry,
) -> dict[str, Round]:
    """By name, a round of each; none where that is switched off."""
    if not settings.reconcile_stores_every_s:
        return {}
    each = timedelta(seconds=settings.reconcile_stores_every_s)
    common = (journal, shops, listing, turns)
    url, found = settings.shopify_webhook_url, ReconciliationMetrics(registry)
    wait, chance = settings.waits.listing, listing.asking.chance
    return {
        "attend": MissedWebhooks(*common, url, metrics, each).round,
        "reconcile": Reconciling(*common, found, each, wait, chance).round,
    }

"""The webhooks of one process: the endpoint that takes them, and the work they ask for."""

import structlog
from prometheus_client import CollectorRegistry

from eventstore import EventStore
from runtime.clock import Clock
from runtime.keep_running import keep_running
from runtime.service import Task
from runtime.serving import answer_on, listen
from shopify.webhooks import Signatures
from shopify_writer.settings import WriterSettings
from shopify_writer.store_pauses import StorePauses
from shopify_writer.webhooks.endpoint import PATH, webhook_endpoint
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.inbox import Inbox
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.worker import WebhookWorker
from vault.interface import Vault

log = structlog.get_logger()


def webhook_tasks(
    store: EventStore,
    vault: Vault,
    inbox: Inbox,
    stores: StorePauses,
    settings: WriterSettings,
    clock: Clock,
    registry: CollectorRegistry,
) -> dict[str, Task]:
    """Tasks by name; without a port only what was taken by others is carried out."""
    metrics = WebhookMetrics(registry)
    carrying_out = WebhookWorker(store, inbox, stores, Erasing(store, vault, clock), clock, metrics)
    tasks: dict[str, Task] = {"carry-out": lambda: keep_running("carry-out", carrying_out.run)}
    if settings.shopify_webhook_port:
        signatures = Signatures(
            settings.shopify_client_id,
            settings.shopify_client_secret.get_secret_value(),
            settings.shopify_old_client_secret.get_secret_value(),
        )
        endpoint = webhook_endpoint(signatures, inbox, carrying_out.arrived, clock, metrics)
        port = settings.shopify_webhook_port
        listening = listen(settings.shopify_webhook_host, port, "SHOPIFY_WEBHOOK_PORT")
        log.info("webhooks.listening", port=port, path=PATH)
        tasks["webhooks"] = lambda: answer_on(listening, endpoint)
    return tasks

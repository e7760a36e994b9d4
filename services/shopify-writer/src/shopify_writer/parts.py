"""What the service is connected to, and its parts, each made of that and of what all share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp

from connections.budgeted import BudgetedShopify
from connections.opening import digest_key
from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.store import EventStore
from inbox.interface import Inbox
from inbox.worker import InboxSettings, InboxWorker
from jobs.budget import Budget
from jobs.interface import JobStore
from jobs.owner import OpenOwner
from jobs.worker import Perform
from ordersync_contracts.events import ShopifyOrderCreated
from runtime.clock import Clocks
from runtime.randomness import Chance
from shopify.webhooks import Signatures, Webhook
from shopify_jobs.admission import Admission
from shopify_jobs.buyers import Buyers
from shopify_jobs.doubts import Doubts
from shopify_jobs.known import OrderStreams
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.adoption.scans import AdoptionScans
from shopify_writer.creation.attempt import CALLS, Writer
from shopify_writer.domain import SOURCE
from shopify_writer.readback.checkpoints import Checkpoints
from shopify_writer.reconciliation.reconciling import ReconciliationMetrics, Reconciling
from shopify_writer.reconciliation.turns import Turns
from shopify_writer.settings import WriterSettings
from shopify_writer.store_recovery import StoreRecovery
from shopify_writer.webhooks.actions import WebhookActions
from shopify_writer.webhooks.endpoint import webhook_endpoint
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.inbox import KEPT_FOR
from shopify_writer.webhooks.metrics import WebhookMetrics
from vault.interface import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What the service is connected to; every one may be a double."""

    store: EventStore
    vault: Vault
    shopify: BudgetedShopify
    job_store: JobStore
    budget: Budget
    open_owner: OpenOwner
    kept_orders: KeptOrders
    checkpoints: Checkpoints
    turns: Turns
    inbox: Inbox[Webhook]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Makes the parts; what all of them share is made once."""

    connected: Connections
    settings: WriterSettings
    clocks: Clocks
    chance: Chance
    journal: Journal
    shops: ShopBook
    pauses: Pauses

    def perform(self, on_created: Callable[[ShopifyOrderCreated, str], None]) -> Perform:
        """From inside: the protocol, adopted orders before it, the store's budget before both."""
        connected, settings, clock = self.connected, self.settings, self.clocks.wall
        shopify = connected.shopify
        writer = Writer(
            orders=OrderStreams(self.journal),
            buyers=Buyers(connected.vault),
            shopify=shopify,
            pauses=self.pauses,
            job_store=connected.job_store,
            doubts=Doubts.by(settings),
            retries=Retries(settings.waits, self.chance),
            clock=clock,
            digest_key=digest_key(settings),
            on_created=on_created,
        )
        kept, ask_again = connected.kept_orders, settings.waits.unanswered
        first = AdoptFirst(writer.perform, self.journal, shopify, kept, ask_again)
        return Admission(
            first.perform, CALLS, shopify, connected.budget, clock, self.chance
        ).perform

    def recovery(self) -> StoreRecovery:
        """Paused stores probed, what waited released."""
        connected, every_s = self.connected, self.settings.beats.stores
        return StoreRecovery(
            self.pauses, self.shops, connected.shopify, connected.job_store, every_s
        )

    def scans(self) -> AdoptionScans:
        """Other connectors' orders."""
        connected, every_s = self.connected, self.settings.beats.adoption
        return AdoptionScans(
            self.journal, self.shops, connected.shopify, connected.kept_orders, every_s
        )

    def reconciling(self, registry: CollectorRegistry) -> Reconciling:
        """Stores compared with the events."""
        return Reconciling(
            self.journal,
            self.shops,
            self.connected.shopify,
            self.connected.turns,
            ReconciliationMetrics(registry),
            every=timedelta(seconds=self.settings.reconcile_stores_every_s),
            look_every_s=self.settings.beats.reconciliation,
        )

    def webhooks(self, metrics: WebhookMetrics) -> InboxWorker[Webhook]:
        """What Shopify's webhooks ask for."""
        connected, clock = self.connected, self.clocks.wall
        erasing = Erasing(self.journal, connected.vault)
        actions = WebhookActions(
            self.journal, self.shops, connected.shopify, self.pauses, erasing, metrics
        )
        settings = InboxSettings(
            by=SOURCE,
            waits=self.settings.waits.shopify_webhook,
            kept_for=KEPT_FOR,
            at_a_time=100,
            look_every_s=self.settings.beats.webhooks,
        )

        async def measure() -> None:
            metrics.open_requests(len(await connected.inbox.requests()))

        return InboxWorker(connected.inbox, actions.act, settings, clock, self.chance, measure)

    def endpoints(
        self, worker: InboxWorker[Webhook], metrics: WebhookMetrics
    ) -> dict[str, ASGIApp]:
        """Where webhooks are taken, if the app's secret is known that they are signed with."""
        secret = self.settings.shopify_client_secret.get_secret_value()
        if not secret:
            return {}
        old_secret = self.settings.shopify_old_client_secret.get_secret_value()
        signatures = Signatures(self.settings.shopify_client_id, secret, old_secret)
        inbox, clock = self.connected.inbox, self.clocks.wall
        return {"webhooks": webhook_endpoint(signatures, inbox, worker.arrived, clock, metrics)}

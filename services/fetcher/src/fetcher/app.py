"""fetcher: TikTok Shop in, OrderFetched out."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from connections.backpressure import Backlog, Backpressure, Lag, lag_of
from connections.grants import GrantAccess
from connections.opening import bulk_backlog, open_pool, open_tiktok, vault_on
from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.postgres import connect
from eventstore.store import EventStore
from fetcher.authorisations import Authorisations
from fetcher.metrics import Metrics
from fetcher.order_index import OrderIndex
from fetcher.polling.assignment import Assignment
from fetcher.polling.bulk import ShopBulk
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.polling.poller import ShopPoller
from fetcher.polling.reconciliation import Reconciliation
from fetcher.polling.schedule import ShopSchedule, TakeOver
from fetcher.reading.orders import OrderReader
from fetcher.reading.shop_calls import ShopCalls
from fetcher.recording.erasure import Erasure
from fetcher.recording.ingest import Buyers, Ingest
from fetcher.recording.quarantine import Quarantine
from fetcher.settings import FetcherSettings
from fetcher.tables import (
    CheckpointStore,
    Overtaken,
    PostgresCheckpoints,
    PostgresOrderIndex,
)
from fetcher.webhooks.endpoint import PATH, WebhookEndpoint
from fetcher.webhooks.inbox import LAYOUT
from fetcher.webhooks.subscriptions import Subscriptions
from fetcher.webhooks.worker import KNOWN_FOR, NotificationHandler
from inbox.interface import Inbox
from inbox.postgres import PostgresInbox
from inbox.worker import InboxSettings, InboxWorker
from runtime import logs
from runtime.clock import Clock, Clocks, boottime
from runtime.keep_running import every, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Round, Service, serve, webhooks_task
from runtime.session import OpenSession, open_session
from runtime.settings import load_or_exit
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient
from tiktok.webhooks import Notification
from vault.interface import Vault

SOURCE: Final = "fetcher"


@dataclass(frozen=True, slots=True)
class Connections:
    """What the fetcher works with; any of them may be a double."""

    store: EventStore
    vault: Vault
    tiktok: TikTokClient
    tokens: TokenClient
    checkpoints: CheckpointStore
    order_index: OrderIndex
    inbox: Inbox[Notification]
    lag: Lag
    backlog: Backlog
    open_session: OpenSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher(Service):
    """The whole fetcher: polling, notifications, ends of authorisations, erasure.

    ``take_over``, ``reader`` and ``ingest``: the parts that follow one shop, for whoever takes
    them step by step.
    """

    take_over: TakeOver
    reader: OrderReader
    ingest: Ingest


def build(
    connections: Connections,
    settings: FetcherSettings,
    clocks: Clocks,
    new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> Fetcher:
    """The whole service, given its connections."""
    store, clock, metrics = connections.store, clocks.wall, Metrics(registry)
    book, journal = ShopBook(store), Journal(store, SOURCE, clock)
    accesses = GrantAccess(connections.vault, connections.tokens, clock)
    authorisations = Authorisations(journal, book, accesses)
    vault, order_index = connections.vault, connections.order_index
    quarantine = Quarantine(journal, order_index, metrics, settings.waits.set_aside, chance)
    buyers = Buyers(vault, clock, keep_for=settings.keep_recipients_for)
    ingest = Ingest(journal, buyers, order_index, quarantine)
    keep_for = settings.keep_recipients_for
    erasure = Erasure(
        journal,
        vault,
        order_index,
        metrics,
        keep_for=keep_for,
        look_every_s=settings.erasure_interval_s,
    )
    calls = ShopCalls(connections.tiktok, accesses)
    reader = OrderReader(calls, ingest, page_size=settings.orders_per_page)
    handler = NotificationHandler(book, authorisations, reader, metrics)
    worker = _worker(connections.inbox, handler, settings, clock, chance, metrics)
    endpoint = WebhookEndpoint(settings.apps, connections.inbox, worker.arrived, clock, metrics)
    take_over = _take_over(connections, reader, journal, metrics, settings, clocks)
    schedule = partial(
        ShopSchedule, take_over, book, authorisations, metrics, settings, clocks, chance
    )
    look_every_s = settings.assignment_interval_s
    member = new_id()
    assignment = Assignment(
        book, schedule, connections.open_session, metrics, member=member, look_every_s=look_every_s
    )
    subscriptions = Subscriptions(book, calls, metrics, settings.tiktok_webhook_url)
    runs = {
        "follow": assignment.run,
        "inbox": worker.run,
        "expiry": every(settings.authorisations_interval_s, authorisations.warn_all),
        "erasure": erasure.run,
        "subscriptions": every(settings.authorisations_interval_s, subscriptions.round),
    }
    rounds: dict[str, Round] = {
        "inbox": worker.round,
        "expiry": authorisations.warn_all,
        "erasure": erasure.some,
        "subscriptions": subscriptions.round,
    }
    return Fetcher(
        tasks=kept_running(runs, clocks, chance, also=(Overtaken,)),
        endpoints={"webhooks": endpoint},
        rounds=rounds,
        take_over=take_over,
        reader=reader,
        ingest=ingest,
    )


def _worker(
    inbox: Inbox[Notification],
    handler: NotificationHandler,
    settings: FetcherSettings,
    clock: Clock,
    chance: Chance,
    metrics: Metrics,
) -> InboxWorker[Notification]:
    async def measure() -> None:
        metrics.waiting(await inbox.waiting())

    working = InboxSettings(
        by=SOURCE,
        failed=metrics.notification_failed,
        waits=settings.waits.tiktok_webhook,
        kept_for=KNOWN_FOR,
        at_a_time=500,
        look_every_s=settings.inbox_interval_s,
        together=True,
    )
    return InboxWorker(inbox, handler.act, working, clock, chance, measure)


def _take_over(
    connections: Connections,
    reader: OrderReader,
    journal: Journal,
    metrics: Metrics,
    settings: FetcherSettings,
    clocks: Clocks,
) -> TakeOver:
    checkpoints = connections.checkpoints
    backpressure = Backpressure(
        connections.lag,
        connections.backlog,
        clocks.monotonic,
        most_records=settings.bulk_stops_at_lag,
    )
    own_dates = PackagesAndCancellations(reader)
    proofs = Reconciliation(journal, connections.order_index, reader, metrics, settings)

    async def take_over(shop_id: str) -> ShopPoller:
        own = ShopCheckpoints(shop_id, await checkpoints.take_over(shop_id), checkpoints)
        bulk = ShopBulk(own, reader, proofs, journal, backpressure, settings)
        return ShopPoller(own, reader, own_dates, bulk, settings)

    return take_over


async def main() -> int:
    """Run the fetcher until asked to stop."""
    settings = load_or_exit(FetcherSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    registry = new_registry()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_tiktok(settings) as (tiktok, tokens),
    ):
        connections = Connections(
            store,
            vault_on(pool, settings),
            tiktok,
            tokens,
            PostgresCheckpoints(pool),
            PostgresOrderIndex(pool),
            PostgresInbox(pool, LAYOUT),
            lag_of(settings),
            bulk_backlog(pool),
            partial(open_session, dsn, clock=boottime),
        )
        service = build(connections, settings, Clocks(), system_id, system_chance, registry)
        host, port = settings.tiktok_webhook_host, settings.tiktok_webhook_port
        webhooks = webhooks_task(service, host, port, "TIKTOK_WEBHOOK_PORT", PATH)
        return await serve(settings, {**service.tasks, **webhooks}, registry)

"""fetcher: TikTok Shop in, OrderFetched out."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import structlog

from connections.backpressure import Backpressure, lag_of
from connections.grants import GrantAccess
from connections.opening import bulk_backlog, open_pool, open_tiktok, vault_on
from connections.shop_book import ShopBook
from eventstore import EventStore
from eventstore.postgres import connect
from fetcher.expiry import Expiry
from fetcher.metrics import Metrics
from fetcher.polling.assignment import Assignment
from fetcher.polling.history import HistoryRecord
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.polling.poller import Means, Rhythm, ShopPoller
from fetcher.polling.reconciliation import Reconciliation
from fetcher.pressure import Room, room_under
from fetcher.reading.orders import Reader
from fetcher.recording.erasure import Erasure
from fetcher.recording.ingest import SOURCE, Ingest
from fetcher.settings import FetcherSettings
from fetcher.tables import (
    CheckpointStore,
    OrderIndex,
    Overtaken,
    PostgresCheckpoints,
    PostgresOrderIndex,
)
from fetcher.webhooks.endpoint import PATH, WebhookEndpoint
from fetcher.webhooks.inbox import Inbox, PostgresInbox
from fetcher.webhooks.worker import WebhookWorker
from runtime import logs
from runtime.clock import Clock, monotonic, utc_now
from runtime.keep_running import keep_running
from runtime.metrics import new_registry
from runtime.service import Task, serve
from runtime.serving import answer_on, listen
from runtime.session import open_session
from runtime.settings import load_or_exit
from tiktok.calls import App
from tiktok.client import TikTokClient
from vault.interface import Vault

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tables:
    """What the fetcher keeps of its own."""

    checkpoints: CheckpointStore
    order_index: OrderIndex
    inbox: Inbox


@dataclass(frozen=True, slots=True)
class Outside:
    """TikTok, the access to it, and how the services downstream are doing."""

    tiktok: TikTokClient
    accesses: GrantAccess
    room: Room


@dataclass(frozen=True, slots=True)
class Service:
    """The whole fetcher: polling, notifications, ends of authorisations, erasure."""

    following: Assignment
    notified: WebhookWorker
    endpoint: WebhookEndpoint
    expiry: Expiry
    erasure: Erasure


def build(
    store: EventStore,
    vault: Vault,
    tables: Tables,
    outside: Outside,
    clock: Clock,
    settings: FetcherSettings,
    metrics: Metrics,
) -> Service:
    """The whole service, given its connections."""
    keep_for = settings.keep_recipients_for
    ingest = Ingest(store, vault, tables.order_index, clock, keep_for)
    reader = Reader(outside.tiktok, outside.accesses, ingest, store)
    book = ShopBook(store)
    rhythm = _rhythm(settings)
    proofs = Reconciliation(
        store, tables.order_index, reader, clock, metrics, longest_window=rhythm.longest_window
    )
    aftermath = PackagesAndCancellations(outside.tiktok, reader, ingest)
    history = HistoryRecord(store, clock)
    means = Means(tables.checkpoints, reader, aftermath, proofs, history, outside.room)
    notified = WebhookWorker(store, book, tables.inbox, reader, clock, metrics)
    return Service(
        _following(store, book, means, rhythm, clock, metrics, settings.poll_interval_s),
        notified,
        WebhookEndpoint(_apps(settings), tables.inbox, notified.arrived, clock, metrics),
        Expiry(store, book, outside.accesses, clock),
        Erasure(store, vault, tables.order_index, clock, metrics, keep_for=keep_for),
    )


def _following(
    store: EventStore,
    book: ShopBook,
    means: Means,
    rhythm: Rhythm,
    clock: Clock,
    metrics: Metrics,
    interval_s: float,
) -> Assignment:
    async def take_over(shop_id: str) -> ShopPoller:
        return ShopPoller(shop_id, await means.checkpoints.take_over(shop_id), means, rhythm)

    member = secrets.token_hex(8)
    return Assignment(store, book, take_over, clock, metrics, interval_s=interval_s, member=member)


def _rhythm(settings: FetcherSettings) -> Rhythm:
    return Rhythm(
        overlap=settings.overlap,
        sweep_every=timedelta(seconds=settings.sweep_interval_s),
        longest_window=timedelta(seconds=settings.longest_window_s),
        aftermath_every=timedelta(seconds=settings.aftermath_interval_s),
        reconcile_every=timedelta(seconds=settings.reconcile_interval_s),
    )


def _apps(settings: FetcherSettings) -> tuple[App, ...]:
    """Ours, and with its old secret while that is still accepted."""
    given = (settings.tiktok_app_secret, settings.tiktok_old_app_secret)
    return tuple(
        App(settings.tiktok_app_key, secret.get_secret_value())
        for secret in given
        if secret.get_secret_value()
    )


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
        vault = vault_on(pool, settings)
        backpressure = Backpressure(
            lag_of(settings),
            bulk_backlog(pool),
            monotonic,
            most_records=settings.bulk_stops_at_lag,
        )
        service = build(
            store,
            vault,
            Tables(PostgresCheckpoints(pool), PostgresOrderIndex(pool), PostgresInbox(pool)),
            Outside(tiktok, GrantAccess(vault, tokens, utc_now), room_under(backpressure)),
            utc_now,
            settings,
            Metrics(registry),
        )
        return await serve(settings, _tasks(service, dsn, settings), registry=registry)


def _tasks(service: Service, dsn: str, settings: FetcherSettings) -> dict[str, Task]:
    async def follow() -> None:
        async with open_session(dsn) as session:
            await service.following.run(session)

    tasks: dict[str, Task] = {
        "follow": lambda: keep_running("follow", follow, also=(Overtaken,)),
        "notified": lambda: keep_running("notified", service.notified.run),
        "expiry": lambda: keep_running("expiry", service.expiry.run),
        "erasure": lambda: keep_running("erasure", service.erasure.run),
    }
    port = settings.tiktok_webhook_port
    if port:
        listening = listen(settings.tiktok_webhook_host, port, "TIKTOK_WEBHOOK_PORT")
        log.info("webhooks.listening", port=port, path=PATH)
        tasks["webhooks"] = lambda: answer_on(listening, service.endpoint)
    return tasks

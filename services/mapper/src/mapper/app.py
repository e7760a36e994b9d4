"""mapper: OrderFetched in; OrderEligible and ShopifyOrderDraft, or the reason against, out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge

from connections.backpressure import Backlog, Backpressure, Lag, lag_of
from connections.budgeted import BudgetedShopify
from connections.foldings import LINKS, SHOPS
from connections.opening import bulk_backlog, open_budgeted, open_pool
from connections.shop_book import ShopBook
from eventstore.folded import FoldedStreams
from eventstore.journal import Journal
from eventstore.marks import Marks
from eventstore.missed import Missed, MissedMetrics, Names
from eventstore.postgres import connect
from eventstore.store import EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import Wakeup, serve_group
from jobs.budget_stores import PostgresBudget
from mapper.context import Contexts
from mapper.decisions import SOURCE, Mapper
from mapper.domain import is_answered
from mapper.link_checks import LinkChecks
from mapper.products import Products
from mapper.settings import MapperSettings
from mapper.sweeps import Sweeps
from mapper.tables.catalogues import Catalogues
from mapper.tables.waiting import Tables
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import category
from runtime import logs
from runtime.clock import Clocks
from runtime.keep_running import Run, every, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Handle, Service
from runtime.settings import load_or_exit

DOWNSTREAM: Final = ("mapper", "shopify-writer", "status-tracker")
"""The groups whose lag counts: the mapper's own live records come before its sweeps."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What the mapper is connected to; ``lag`` is asked of ``DOWNSTREAM``."""

    store: EventStore
    tables: Tables
    catalogues: Catalogues
    shopify: BudgetedShopify
    lag: Lag
    backlog: Backlog
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class MapperService(Service):
    """The service, which consumes records."""

    on_records: Handle


def build(
    connections: Connections,
    settings: MapperSettings,
    clocks: Clocks,
    _new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> MapperService:
    """The whole service, given its connections."""
    store, tables = connections.store, connections.tables
    journal, book = Journal(store, SOURCE, clocks.wall), ShopBook(store)
    fresh_for_s = settings.products_fresh_for_s
    shops, links = FoldedStreams(store, SHOPS), FoldedStreams(store, LINKS)
    looking = LinkChecks(journal, shops, links, connections.shopify, connections.catalogues)
    products = _products(connections, looking, book, settings, chance, registry)
    checks = connections.catalogues.checks
    contexts = Contexts(shops, links, checks, fresh_for_s, products.asked)
    mapper = Mapper(journal, contexts, tables)
    backpressure = Backpressure(connections.lag, connections.backlog, clocks.monotonic)
    not_decided = Counter(
        "mapper_orders_not_decided",
        "Waiting orders that could not be decided on.",
        registry=registry,
    )
    sweeps = Sweeps(store, book, shops, mapper, tables, backpressure, not_decided)

    async def on_records(wakeups: Sequence[Wakeup]) -> None:
        """Orders are decided on; links and shops queue the orders that wait for them.

        Nothing here asks a platform: what has to be asked for is only noted.
        """
        await products.on_records(wakeups)
        for replayed in (False, True):
            causes = [w.cause for w in _of_orders(wakeups) if w.is_replayed is replayed]
            if causes:
                await mapper.wake(causes, in_bulk=replayed)
        await sweeps.on_records(wakeups)

    missed = Missed(
        SOURCE,
        store,
        connections.marks,
        on_records,
        unanswered,
        lag=connections.lag,
        clock=clocks.wall,
        chance=chance,
        metrics=MissedMetrics(registry),
        times=settings.missed,
    )
    runs: dict[str, Run] = {
        "missed": every(settings.missed_interval_s, missed.round),
        "release": partial(sweeps.work, settings.queue_interval_s),
        "sweep": partial(sweeps.repeat, settings.automatic_sync_interval_s),
        "blocked": every(settings.blocked_check_interval_s, sweeps.look_at_blocked),
        "products": partial(products.work, settings.queue_interval_s),
        "links": every(settings.variant_check_interval_s, products.check_all),
    }
    return MapperService(
        on_records=missed.on_records,
        tasks=kept_running(runs, clocks, chance),
        rounds={
            "missed": missed.round,
            "release": sweeps.work_off_page,
            "sweep": sweeps.look_for_wishes,
            "blocked": sweeps.look_at_blocked,
            "products": products.round,
            "links": products.check_all,
        },
    )


async def unanswered(recorded: Sequence[Recorded], names: Names) -> Sequence[Recorded]:
    """Those on which the mapper may not have decided yet."""
    return [each for each in recorded if not is_answered(names[each.stream], each.version)]


def _of_orders(wakeups: Iterable[Wakeup]) -> list[Wakeup]:
    return [wakeup for wakeup in wakeups if category(wakeup.stream) == "order"]


def _products(
    connections: Connections,
    checks: LinkChecks,
    book: ShopBook,
    settings: MapperSettings,
    chance: Chance,
    registry: CollectorRegistry,
) -> Products:
    """What looks at links, and reads stores' products for it."""
    return Products(
        connections.store,
        book,
        connections.shopify,
        connections.catalogues,
        checks,
        settings.waits.products,
        settings.products_fresh_for_s,
        chance,
        Gauge(
            "mapper_stores_not_read",
            "Stores whose products could not be looked at the last time.",
            registry=registry,
        ),
    )


async def main() -> int:
    """Run the mapper until asked to stop."""
    settings = load_or_exit(MapperSettings)
    logs.configure(SOURCE, settings.log_level)
    registry = new_registry()
    async with (
        connect(settings.database_url.get_secret_value()) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_budgeted(settings, pool, PostgresBudget(pool, system_id())) as shopify,
    ):
        tables, lag = Tables(pool), lag_of(settings, DOWNSTREAM)
        catalogues, backlog = Catalogues(pool, tables.releases), bulk_backlog(pool)
        connections = Connections(
            store, tables, catalogues, shopify, lag, backlog, PostgresMarks(pool)
        )
        service = build(connections, settings, Clocks(), system_id, system_chance, registry)
        return await serve_group(service, SOURCE, settings, registry)

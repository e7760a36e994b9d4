"""mapper: OrderFetched in; OrderEligible and ShopifyOrderDraft, or the reason against, out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from connections.backpressure import Backlog, Backpressure, Lag, lag_of
from connections.foldings import SHOPS
from connections.opening import bulk_backlog, open_pool, open_shopify, vault_on
from connections.shop_book import ShopBook
from eventstore.folded import FoldedStreams
from eventstore.journal import Journal
from eventstore.postgres import connect
from eventstore.store import EventStore
from eventstore.wakeups import Wakeup, serve_group
from mapper.context import Contexts
from mapper.decisions import SOURCE, Mapper
from mapper.deletions import Deletions
from mapper.settings import MapperSettings
from mapper.sweeps import Sweeps
from mapper.tables import Tables
from mapper.variants import Variants
from ordersync_contracts.streams import category
from runtime import logs
from runtime.clock import Clocks
from runtime.keep_running import Run, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Handle, Service
from runtime.settings import load_or_exit
from shopify.calls import Calls

DOWNSTREAM: Final = ("mapper", "shopify-writer", "status-tracker")
"""The groups whose lag counts: the mapper's own live records come before its sweeps."""


@dataclass(frozen=True, slots=True)
class Connections:
    """What the mapper is connected to; ``lag`` is asked of ``DOWNSTREAM``."""

    store: EventStore
    tables: Tables
    shopify: Calls
    lag: Lag
    backlog: Backlog


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
    _registry: CollectorRegistry,
) -> MapperService:
    """The whole service, given its connections."""
    store, tables = connections.store, connections.tables
    journal, book = Journal(store, SOURCE, clocks.wall), ShopBook(store)
    variants = Variants(tables, connections.shopify, clocks.wall, settings.waits.unanswered)
    shops = FoldedStreams(store, SHOPS)
    mapper = Mapper(journal, Contexts(journal, shops, variants), tables)
    backpressure = Backpressure(connections.lag, connections.backlog, clocks.monotonic)
    sweeps = Sweeps(store, book, shops, mapper, tables, backpressure)
    deletions = Deletions(journal, book, connections.shopify)

    async def on_records(wakeups: Sequence[Wakeup]) -> None:
        """Orders are decided on; links and shops queue the orders that wait for them.

        A variant that turns out to be deleted loses its link first, so that its order is decided
        on without it.
        """
        await deletions.on_records(wakeups)
        for replayed in (False, True):
            causes = [w.cause for w in _of_orders(wakeups) if w.is_replayed is replayed]
            if causes:
                await mapper.wake(causes, in_bulk=replayed)
        await sweeps.on_records(wakeups)

    runs: dict[str, Run] = {
        "release": sweeps.work,
        "sweep": partial(sweeps.repeat, settings.sweep_interval_s),
        "deletions": partial(deletions.repeat, settings.variant_check_interval_s),
    }
    return MapperService(
        on_records=on_records,
        tasks=kept_running(runs, clocks, chance),
        rounds={
            "release": sweeps.work_off_page,
            "sweep": sweeps.look_for_wishes,
            "deletions": deletions.check_all,
        },
    )


def _of_orders(wakeups: Iterable[Wakeup]) -> list[Wakeup]:
    return [wakeup for wakeup in wakeups if category(wakeup.stream) == "order"]


async def main() -> int:
    """Run the mapper until asked to stop."""
    settings = load_or_exit(MapperSettings)
    logs.configure(SOURCE, settings.log_level)
    registry = new_registry()
    async with (
        connect(settings.database_url.get_secret_value()) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_shopify(settings, vault_on(pool, settings)) as shopify,
    ):
        lag = lag_of(settings, DOWNSTREAM)
        connections = Connections(store, Tables(pool), shopify, lag, bulk_backlog(pool))
        service = build(connections, settings, Clocks(), system_id, system_chance, registry)
        return await serve_group(service, SOURCE, settings, registry)

"""The services as a world steps them: each made by its own ``build``, its loops taken apart."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry
from tests.world.writer import a_writer, nobody_lags

from connections.shop_book import ShopBook
from eventstore.marks import MemoryMarks
from eventstore.wakeups import Wakeup
from fetcher import app as fetcher
from fetcher.memory import MemoryCheckpoints, MemoryOrderIndex
from fetcher.polling.poller import ShopPoller
from fetcher.settings import FetcherSettings
from fetcher.webhooks.inbox import LAYOUT as NOTIFICATIONS
from inbox.memory import MemoryInbox
from jobs.worker import Perform
from mapper import app as mapper
from mapper.memory import MemoryTables
from mapper.memory_catalogues import MemoryCatalogues
from mapper.settings import MapperSettings
from runtime.session_memory import MemoryLocks
from shopify.webhooks import Webhook
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from shopify_writer.app import WriterService
from shopify_writer.readback import checkpoints as read_back
from shopify_writer.reconciliation.turns import MemoryTurns
from shopify_writer.settings import Beats, WriterSettings
from shopify_writer.webhooks.inbox import LAYOUT as WEBHOOKS
from status_tracker import app as status_tracker
from status_tracker.settings import TrackerSettings
from tiktok.webhooks import Notification

if TYPE_CHECKING:
    from tests.world.world import World


@dataclass(frozen=True)
class Stepped:
    """What a service does, one step at a time.

    ``rounds``: by task, one round of what it repeats by itself. ``parts``: for tests that look
    inside or plant a bug.
    """

    on_records: Callable[[Sequence[Wakeup]], Awaitable[None]] | None = None
    perform: Perform | None = None
    kinds: tuple[str, ...] = ()
    rounds: Mapping[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    parts: Any = None


def _fetcher(world: "World") -> Stepped:
    connections = fetcher.Connections(
        world.store,
        world.vault,
        world.tiktok.client,
        world.tiktok.tokens,
        world.kept(MemoryCheckpoints),
        world.kept(MemoryOrderIndex),
        world.kept(MemoryInbox[Notification], NOTIFICATIONS),
        nobody_lags,
        nothing_waits,
        world.kept(MemoryLocks, world.clock.lease).open_session,
    )
    service = fetcher.build(
        connections,
        world.settings(FetcherSettings),
        world.clocks,
        world.new_id,
        world.chance,
        CollectorRegistry(),
    )
    pollers: dict[str, ShopPoller] = {}

    async def poll() -> None:
        """One round of every connected shop, and all the bulk that is due after it."""
        for shop in await ShopBook(world.store).all():
            if shop.is_connected:
                poller = pollers.get(shop.shop_id) or await service.take_over(shop.shop_id)
                pollers[shop.shop_id] = poller
                await poller.poll(shop)
                for kind in poller.kinds:
                    while kind.is_due(shop):
                        await kind.do(shop)

    return Stepped(rounds={"follow": poll, **service.rounds}, parts=service)


def _mapper(world: "World") -> Stepped:
    tables = world.kept(MemoryTables, world.clock.wall)
    connections = mapper.Connections(
        world.store,
        tables,
        world.kept(MemoryCatalogues, world.clock.wall, tables.releases),
        world.shopify.budgeted(),
        nobody_lags,
        nothing_waits,
        world.kept(MemoryMarks, world.clock.wall),
    )
    service = mapper.build(
        connections,
        world.settings(MapperSettings),
        world.clocks,
        world.new_id,
        world.chance,
        CollectorRegistry(),
    )
    # Not links: Shopify is asked about every link each time.
    rounds = {task: service.rounds[task] for task in ("missed", "products", "release", "sweep")}
    return Stepped(service.on_records, rounds=rounds, parts=service)


async def nothing_waits(_store: str) -> float:
    """The store's bulk lane is empty."""
    return 0.0


def writer_in(world: "World", **changed: Any) -> WriterService:
    """A shopify-writer, with other connections or settings where said."""
    usual = {
        "store": world.store,
        "vault": world.vault,
        "shopify": world.shopify.budgeted(),
        "budget": world.shopify.budget,
        "job_store": world.job_store,
        "open_owner": partial(world.job_store.open_owner, clock=world.clock.lease),
        "kept_orders": world.kept(MemoryKeptOrders),
        "checkpoints": world.kept(read_back.MemoryCheckpoints),
        "turns": world.kept(MemoryTurns),
        "inbox": world.kept(MemoryInbox[Webhook], WEBHOOKS),
        "marks": world.kept(MemoryMarks, world.clock.wall),
        "beats": Beats(read_back=0.0),
        **world.settings(WriterSettings).model_dump(exclude={"beats"}),
    }
    ids = (world.new_id, world.chance)
    return a_writer(world.shopify, world.clocks, *ids, **{**usual, **changed})


def step_writer(service: WriterService) -> Stepped:
    """Its parts, stepped; ``parts`` is the service."""
    return Stepped(service.on_records, service.perform, service.kinds, service.rounds, service)


def _tracker(world: "World") -> Stepped:
    connections = status_tracker.Connections(
        world.store,
        world.vault,
        world.shopify,
        world.job_store,
        partial(world.job_store.open_owner, clock=world.clock.lease),
        world.kept(MemoryMarks, world.clock.wall),
        nobody_lags,
    )
    service = status_tracker.build(
        connections,
        world.settings(TrackerSettings),
        world.clocks,
        world.new_id,
        world.chance,
        CollectorRegistry(),
    )
    assert service.on_records is not None
    return Stepped(service.on_records, service.perform, service.kinds, service.rounds, service)


BUILDS: Mapping[str, Callable[["World"], Stepped]] = {
    "fetcher": _fetcher,
    "mapper": _mapper,
    "shopify-writer": lambda world: step_writer(writer_in(world)),
    "status-tracker": _tracker,
}
"""By the name of the service, which is its consumer group."""

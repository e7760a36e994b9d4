"""The mapper on PostgreSQL: what a link, a setting or a deleted variant sets free or takes back."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest
from prometheus_client import CollectorRegistry
from tests.integration.database_access import Pool
from tests.world.story import SHOP_ID, SKU_ID, STORE, connected
from tests.world.writer import nobody_lags

from connections.backpressure import ASK_EVERY_S, LONGEST_S
from connections.budgeted import BudgetedShopify
from devstack.databases import Database
from eventstore import postgres
from eventstore.journal import Cause
from eventstore.store import ANY_VERSION, Append
from eventstore.tables import PostgresMarks
from eventstore.wakeups import Wakeup
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import MemoryBudget
from lifecycle import order as orders
from lifecycle.status import Status, view
from mapper.app import Connections, MapperService, build
from mapper.rebuilding import rebuild
from mapper.settings import MapperSettings
from mapper.sweeps import PAGE
from mapper.tables import MIGRATIONS
from mapper.tables.catalogues import Catalogues
from mapper.tables.waiting import Tables, Waiting
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream, shop_stream
from runtime.clock import Clocks, monotonic, utc_now
from runtime.randomness import system_chance, system_id
from shopify.answers import Answer, CallFacts, Done

MIGRATED = [postgres.MIGRATIONS, MIGRATIONS]
SHOP = shop_stream(SHOP_ID)
VARIANT = "gid://shopify/ProductVariant/1"
MORE = PAGE + 7
SETTINGS = MapperSettings.model_construct()
Fetched = Callable[..., events.OrderFetched]


class Shopify:
    """Answers for variants: which exist, by id."""

    def __init__(self) -> None:
        self.there = {VARIANT}

    async def execute(self, store: str, what: Any, variables: Any, *, guard: Any = None) -> Answer:
        del store, guard
        assert what == "variants_by_ids"
        nodes = [
            {"__typename": "ProductVariant", "id": gid, "title": "Blue", "price": "1.00"}
            if gid in self.there
            else None
            for gid in variables["ids"]
        ]
        return Done(data={"nodes": nodes}, call=CallFacts(sent_at=utc_now()))


class Mapping:
    """The service on its tables, and what a test says to it."""

    def __init__(
        self, store: postgres.PostgresEventStore, pool: Any, shopify: Shopify, fetched: Fetched
    ) -> None:
        self.store, self.pool, self.shopify, self.fetched = store, pool, shopify, fetched
        self.full: set[str] = set()
        self.seconds = 0.0
        self.service = self.restarted()

    def restarted(self) -> MapperService:
        """Another process on the same tables."""
        clocks = Clocks(utc_now, lambda: self.seconds)
        budgeted = BudgetedShopify(
            self.shopify, BudgetQueue(MemoryBudget(monotonic), monotonic), utc_now, monotonic
        )
        connections = Connections(
            self.store,
            tables := Tables(self.pool),
            Catalogues(self.pool, tables.releases),
            budgeted,
            nobody_lags,
            self.backlog,
            PostgresMarks(self.pool),
        )
        registry = CollectorRegistry()
        return build(connections, SETTINGS, clocks, system_id, system_chance, registry)

    async def backlog(self, store: str) -> float:
        return LONGEST_S + 1 if store in self.full else 0.0

    async def say(self, stream: str, *said: Event) -> list[Wakeup]:
        """Append these events; the records that the relay would make of them."""
        made = []
        for event in said:
            version = len(await self.store.read(stream)) + 1
            event_id = fact_id("test", stream, str(version))
            new = NewEvent(event_id, event, utc_now(), Trace("test", "test"))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])
            made.append(Wakeup(Cause(stream, str(event_id)), event, version))
        return made

    async def connect(self, **settings: Any) -> None:
        await self.say(SHOP, *connected(**settings))

    async def hear(self, *said: Event, stream: str = SHOP) -> None:
        """These events are appended, and the mapper has heard of them."""
        await self.service.on_records(await self.say(stream, *said))

    def many(self, count: int) -> list[events.OrderFetched]:
        return [self.fetched(order_id=str(576461413038000000 + n)) for n in range(count)]

    async def arrive(self, *fetched: events.OrderFetched) -> None:
        """These orders are fetched, and the mapper has heard of it."""
        wakeups, commands = [], []
        for order in fetched:
            stream = order_stream(order.shop_id, order.order_id)
            new = NewEvent(
                uuid5(fact_id("test"), order.order_id), order, utc_now(), Trace("test", "test")
            )
            commands.append(Append(stream, 0, (new,)))
            wakeups.append(Wakeup(Cause(stream, str(new.id)), order, 1))
        await self.store.append(commands)
        await self.service.on_records(wakeups)

    async def settled(self, service: MapperService | None = None) -> int:
        """Work the queue of releases off; how many pages it had."""
        pages = 0
        while await (service or self.service).rounds["release"]():
            pages += 1
        return pages

    async def order(self, order_id: str) -> orders.Order:
        return orders.fold(await self.store.read(order_stream(SHOP_ID, order_id)))

    async def drafted(self) -> list[events.ShopifyOrderDraft]:
        long_ago = utc_now() - timedelta(days=1)
        found = await self.store.read_named(["ShopifyOrderDraft"], long_ago, 0, 5000)
        drafts = (recorded.event for recorded in found)
        return [draft for draft in drafts if isinstance(draft, events.ShopifyOrderDraft)]

    async def link(self, sku: str = SKU_ID, variant: str = VARIANT) -> None:
        linked = events.ProductLinked(
            shop_id=SHOP_ID, sku_id=sku, variant_id=variant, store=STORE, linked_by="person"
        )
        await self.hear(linked, stream=link_stream(SHOP_ID, sku))


@pytest.fixture
async def mapping(database: Database, pool: Pool, fetched: Fetched) -> AsyncIterator[Mapping]:
    async with postgres.connect(database.app_dsn) as store:
        yield Mapping(store, pool, Shopify(), fetched)


async def test_one_link_releases_every_order_that_waited_in_pages_and_in_bulk(
    mapping: Mapping,
) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(*mapping.many(MORE))
    assert await mapping.drafted() == []
    await mapping.link()
    assert await mapping.drafted() == []  # the record itself only queues the work
    assert await mapping.settled() >= 2
    made = await mapping.drafted()
    assert len({draft.order_id for draft in made}) == len(made) == MORE
    assert {draft.lane for draft in made} == {"bulk"}
    assert await mapping.settled() == 0


async def test_a_release_that_is_cut_off_goes_on_in_another_process(mapping: Mapping) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(*mapping.many(MORE))
    await mapping.link()
    assert await mapping.service.rounds["release"]()
    assert len(await mapping.drafted()) == PAGE
    await mapping.settled(mapping.restarted())
    assert len(await mapping.drafted()) == MORE


async def test_a_link_for_another_sku_releases_nothing(mapping: Mapping) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(*mapping.many(2))
    await mapping.link(sku="1")
    await mapping.settled()
    assert await mapping.drafted() == []


async def test_automatic_sync_takes_what_was_there_before(mapping: Mapping) -> None:
    await mapping.connect()
    await mapping.link()
    await mapping.arrive(*mapping.many(3))
    assert await mapping.drafted() == []
    on = connected(automatic_sync=True)[-1]
    await mapping.hear(on)
    await mapping.settled()
    assert len(await mapping.drafted()) == 3


async def test_the_repeating_sweep_takes_what_no_record_woke(mapping: Mapping) -> None:
    await mapping.connect()
    await mapping.link()
    await mapping.arrive(*mapping.many(3))
    await mapping.say(SHOP, connected(automatic_sync=True)[-1])
    await mapping.settled()
    assert await mapping.drafted() == []
    await mapping.service.rounds["sweep"]()
    await mapping.settled()
    assert len(await mapping.drafted()) == 3


async def test_moving_the_window_back_makes_older_orders_eligible(mapping: Mapping) -> None:
    connection = connected()[0]
    assert isinstance(connection, events.ShopConnected)
    order = mapping.fetched()
    narrow = connection.model_copy(update={"window_begins_at": order.updated_at})
    await mapping.say(SHOP, narrow)
    await mapping.arrive(order)
    assert view(await mapping.order(order.order_id)).reason_code == "outside_window"
    moved = events.WindowMoved(shop_id=SHOP_ID, begins_at=order.created_at, moved_by="ana")
    await mapping.hear(moved)
    await mapping.settled()
    assert view(await mapping.order(order.order_id)).status is Status.NOT_SYNCED


async def test_a_deleted_variant_loses_its_link_and_its_drafts_wait_for_another(
    mapping: Mapping,
) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.link()
    order, other = mapping.many(2)
    await mapping.arrive(order, other)
    mapping.shopify.there = set()
    failed = events.ShopifyOrderFailed(
        shop_id=SHOP_ID,
        order_id=order.order_id,
        store=STORE,
        draft_version=3,
        attempt=1,
        reason_code="variant_deleted",
    )
    stream = order_stream(SHOP_ID, order.order_id)
    await mapping.service.on_records(await mapping.say(stream, failed))
    await mapping.service.rounds["products"]()
    (gone,) = (await mapping.store.read(link_stream(SHOP_ID, SKU_ID)))[1:]
    assert isinstance(gone.event, events.ProductUnlinked)
    assert gone.event.reason == "variant_deleted"
    wakeup = Wakeup(Cause(gone.stream, str(gone.id)), gone.event, gone.version)
    await mapping.service.on_records([wakeup])
    await mapping.settled()
    for fetched_order in (order, other):
        reason = view(await mapping.order(fetched_order.order_id)).reason_code
        assert reason == "unlinked_sku"
    mapping.shopify.there = {VARIANT}
    await mapping.link()
    await mapping.settled()
    for fetched_order in (order, other):
        assert view(await mapping.order(fetched_order.order_id)).status is Status.SYNCING


async def test_links_to_deleted_variants_are_noticed_without_an_order(mapping: Mapping) -> None:
    await mapping.connect()
    await mapping.link()
    await mapping.link(sku="2", variant="gid://shopify/ProductVariant/2")
    assert await mapping.service.rounds["links"]() == 2
    await mapping.service.rounds["products"]()
    assert len(await mapping.store.read(link_stream(SHOP_ID, SKU_ID))) == 1
    assert len(await mapping.store.read(link_stream(SHOP_ID, "2"))) == 2
    assert await mapping.service.rounds["links"]() == 1
    assert await mapping.service.rounds["products"]() is None
    assert len(await mapping.store.read(link_stream(SHOP_ID, "2"))) == 2


async def test_live_orders_are_decided_while_a_release_is_under_way(mapping: Mapping) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(*mapping.many(MORE))
    await mapping.link()
    await mapping.service.rounds["release"]()
    await mapping.arrive(mapping.fetched())
    (live,) = [draft for draft in await mapping.drafted() if draft.lane == "live"]
    assert live.order_id == mapping.fetched().order_id
    assert len(await mapping.drafted()) == PAGE + 1


async def test_the_waiting_orders_are_read_anew_from_the_events_after_a_drop(
    mapping: Mapping,
) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(*mapping.many(MORE))
    assert await rebuild(mapping.store, Tables(mapping.pool))
    kept = await mapping.pool.fetch("SELECT * FROM mapper.waiting ORDER BY stream_id")
    assert len(kept) == MORE
    assert not await rebuild(mapping.store, Tables(mapping.pool))
    await mapping.pool.execute("DELETE FROM mapper.waiting")
    await mapping.pool.execute("DELETE FROM mapper.filled")
    assert await rebuild(mapping.store, Tables(mapping.pool))
    again = await mapping.pool.fetch("SELECT * FROM mapper.waiting ORDER BY stream_id")
    assert again == kept
    await mapping.link()
    await mapping.settled()
    assert len(await mapping.drafted()) == MORE


async def test_reading_them_anew_changes_nothing_that_was_decided_meanwhile(
    mapping: Mapping,
) -> None:
    await mapping.connect(automatic_sync=True)
    await mapping.arrive(mapping.fetched())
    stale = Waiting(order_stream(SHOP_ID, mapping.fetched().order_id), SHOP_ID, "wish")
    await Tables(mapping.pool).keep([stale], anew=False)
    (kept,) = await mapping.pool.fetch("SELECT waits_for FROM mapper.waiting")
    assert kept["waits_for"] == "link"


async def test_bulk_for_a_full_store_is_put_off_and_other_work_goes_on(mapping: Mapping) -> None:
    mapping.full = {STORE}
    await mapping.connect(automatic_sync=True)
    await mapping.link()
    await mapping.arrive(mapping.fetched())
    assert len(await mapping.drafted()) == 1  # live work asks for no room
    await mapping.say(SHOP, connected()[-1])
    await mapping.arrive(*mapping.many(2))
    on = connected(automatic_sync=True)[-1]
    await mapping.hear(on)
    assert await mapping.settled() >= 1
    assert len(await mapping.drafted()) == 1
    mapping.full, mapping.seconds = set(), ASK_EVERY_S
    await mapping.hear(on)
    await mapping.settled()
    assert len(await mapping.drafted()) == 3


async def test_switching_off_withdraws_drafts_though_the_store_has_no_room(
    mapping: Mapping,
) -> None:
    mapping.full = {STORE}
    await mapping.connect(automatic_sync=True)
    await mapping.link()
    await mapping.arrive(*mapping.many(2))
    off = connected()[-1].model_copy(update={"settings": events.OrderSettings()})
    await mapping.hear(off)
    await mapping.settled()
    for fetched_order in mapping.many(2):
        assert (await mapping.order(fetched_order.order_id)).live_draft is None

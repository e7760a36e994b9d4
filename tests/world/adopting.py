"""A store where another connector has been, and the streams of the shops that write to it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid5

from tests.world.story import ORDER_ID, SHOP_ID
from tests.world.writer import a_writer

from eventstore.journal import Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from jobs.budget_stores import MemoryBudget
from jobs.job import Job, NewJob
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, Outcome
from lifecycle import order as orders
from lifecycle import shop as shops
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from runtime.clock import Clocks
from runtime.session import Lease
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.adoption.evidence import FoundOrder
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from simulators.shopify.in_process import DOMAIN, InProcessShopify

OTHER_SHOP = "7495514739512345679"
LATER_ID = "576461413038785999"


class Jobs(MemoryJobs):
    """Notes how many found orders were kept whenever records became jobs."""

    def __init__(self, clock: Callable[[], datetime], kept: MemoryKeptOrders) -> None:
        super().__init__(clock)
        self.kept = kept
        self.kept_by_then: list[int] = []

    async def enqueue(self, jobs: Sequence[NewJob]) -> None:
        self.kept_by_then.append(len(await self.kept.page(DOMAIN, "", 10)))
        await super().enqueue(jobs)


class Store:
    """A store in the simulator, and the streams of the shops that write to it."""

    outcome: Outcome | None = None

    def __init__(self, sim: InProcessShopify, budget: MemoryBudget) -> None:
        self.sim = sim
        self.events = MemoryEventStore(self.clock)
        self.kept = kept = MemoryKeptOrders()
        self.job_store = Jobs(self.clock, kept)
        self.shopify = ShopifyClient(
            sim.http, StaticTokens({DOMAIN: sim.token}), clock=self.clock, base_url="http://sim"
        )
        self.service = a_writer(
            self.shopify,
            Clocks(self.clock, lambda: 0.0, sleep=self.sleep),
            store=self.events,
            kept_orders=kept,
            job_store=self.job_store,
            budget=budget,
        )

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.sim.now, UTC)

    async def sleep(self, seconds: float) -> None:
        self.sim.pass_time(seconds)

    async def say(self, stream: str, *said: Event) -> None:
        for event in said:
            event_id = uuid5(fact_id("test"), f"{stream}{len(await self.events.read(stream))}")
            new = NewEvent(event_id, event, self.clock(), Trace("test", "test"))
            await self.events.append([Append(stream, ANY_VERSION, (new,))])

    async def connect(self, shop_id: str = SHOP_ID, app_id: str = "") -> None:
        connected = events.ShopConnected(
            shop_id=shop_id,
            name="Harbor & Pine",
            region="US",
            grant_id="grant",
            store=DOMAIN,
            app_id=app_id,
            window_begins_at=self.clock() - timedelta(days=7),
            connected_at=self.clock(),
            connected_by="test",
        )
        await self.say(shop_stream(shop_id), connected)

    async def shop(self, shop_id: str = SHOP_ID) -> shops.Shop:
        return shops.fold(await self.events.read(shop_stream(shop_id)))

    async def order(self, order_id: str, shop_id: str = SHOP_ID) -> orders.Order:
        return orders.fold(await self.events.read(order_stream(shop_id, order_id)))

    async def adopted(self, order_id: str, shop_id: str = SHOP_ID) -> events.ShopifyOrderCreated:
        """What says that the order stands in Shopify."""
        created = (await self.order(order_id, shop_id)).created
        assert created is not None
        return created.event

    async def finished(self, shop_id: str = SHOP_ID) -> list[events.AdoptionFinished]:
        history = [said.event for said in await self.events.read(shop_stream(shop_id))]
        return [event for event in history if isinstance(event, events.AdoptionFinished)]


def requested() -> events.ShopifyOrderRequested:
    return events.ShopifyOrderRequested(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=DOMAIN,
        draft_version=1,
        attempt=1,
        idempotency_key="k",
        input_digest="d",
    )


def ours(gid: str) -> events.ShopifyOrderCreated:
    """We created this one."""
    return events.ShopifyOrderCreated(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        outcome="created",
        store=DOMAIN,
        shopify_order_id=gid,
        name="#1",
    )


def job() -> Job:
    return Job(
        id=fact_id("job"),
        stream_id=order_stream(SHOP_ID, ORDER_ID),
        version=2,
        store=DOMAIN,
        kind="create-order",
        lane="live",
        payload={},
        state="running",
        attempt=1,
        due_at=datetime(2026, 11, 25, tzinfo=UTC),
    )


class Creating:
    """Counts the jobs that go on to create."""

    def __init__(self) -> None:
        self.jobs = 0

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        del job, lease
        self.jobs += 1
        return Finished()


async def perform(store: Store) -> int:
    """How many creations came of one job, done with what is kept."""
    creating = Creating()
    first = AdoptFirst(
        creating.perform,
        Journal(store.events, "shopify-writer", store.clock),
        store.shopify,
        store.kept,
        timedelta(seconds=30),
    )
    store.outcome = await first.perform(job(), Lease(10.0, lambda: 0.0))
    return creating.jobs


async def keep_found(store: Store) -> str:
    """A scan has found another connector's order, and it is kept; its gid."""
    gid = await store.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    await store.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, gid, "#1077")])
    return gid


async def delete(store: Store, gid: str) -> None:
    await store.sim.put(lookup_lag_s=0, search_lag_s=0)
    (await store.sim.http.delete(f"/_sim/orders/{gid}")).raise_for_status()

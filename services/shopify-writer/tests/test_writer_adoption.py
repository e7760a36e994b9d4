"""What another connector created is found, recorded as adopted, and never created again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid5

import pytest
from tests.world.shopify import full_budget
from tests.world.story import ORDER_ID, fetched
from tests.world.writer import a_writer

from eventstore.journal import Cause, Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from eventstore.wakeups import Wakeup
from jobs.budget_stores import MemoryBudget
from jobs.job import Job, NewJob
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, Outcome, Retry
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
from shopify.orders import FoundOrder as ShopifyOrder
from shopify.tokens import StaticTokens
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.adoption.evidence import FoundOrder, found
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from simulators.shopify import in_process
from simulators.shopify.in_process import DOMAIN, InProcessShopify, custom_id

SHOP_ID, OTHER_SHOP = "7495514739512345678", "7495514739512345679"
LATER_ID = "576461413038785999"


def order(**given: Any) -> ShopifyOrder:
    plain: dict[str, Any] = {
        "id": "gid://shopify/Order/1",
        "legacyResourceId": "1",
        "name": "#1001",
        "createdAt": "2026-11-20T10:00:00Z",
    }
    return ShopifyOrder.model_validate(plain | given)


@pytest.mark.parametrize(
    "given",
    [
        {"tags": [f"TikTokOrderID:{ORDER_ID}"]},
        {"tags": ["Shipped by TikTok", f"tiktokorderid: {ORDER_ID}"]},
        {"customAttributes": [{"key": "TikTok Shop Order ID", "value": ORDER_ID}]},
        {"customAttributes": [{"key": "tiktok_order_id", "value": f" {ORDER_ID} "}]},
        {"sourceIdentifier": ORDER_ID},
        {"metafield": {"value": ORDER_ID}},
        {"sourceIdentifier": "wholesale-12", "tags": [f"TikTokOrderID:{ORDER_ID}"]},
    ],
)
def test_what_connectors_leave_on_an_order_names_the_tiktok_order(given: dict[str, Any]) -> None:
    named = found(order(**given))
    assert named is not None
    assert (named.order_id, named.shopify_order_id) == (ORDER_ID, "gid://shopify/Order/1")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tags": ["TikTok", "TikTokOrderID:"]},
        {"tags": [f"OtherShopOrderID:{ORDER_ID}"]},
        {"customAttributes": [{"key": "Gift note", "value": ORDER_ID}]},
        {"customAttributes": [{"key": "TikTok Shop Order ID", "value": None}]},
        {"sourceIdentifier": "1001"},
    ],
)
def test_an_order_of_the_store_itself_stands_for_no_tiktok_order(given: dict[str, Any]) -> None:
    assert found(order(**given)) is None


class Jobs(MemoryJobs):
    """Notes how many found orders were kept whenever records became jobs."""

    def __init__(self, clock: Callable[[], datetime], kept: MemoryKeptOrders) -> None:
        super().__init__(clock)
        self.kept = kept
        self.kept_by_then: list[int] = []

    async def enqueue(self, jobs: Sequence[NewJob]) -> None:
        self.kept_by_then.append(len(await self.kept.page(DOMAIN, "", 10)))
        await super().enqueue(jobs)


class World:
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
            Clocks(self.clock, lambda: 0.0),
            store=self.events,
            kept_orders=kept,
            job_store=self.job_store,
            budget=budget,
        )

    def clock(self) -> datetime:
        return datetime.fromtimestamp(self.sim.now, UTC)

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


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with in_process.running() as sim:
        yield World(sim, await full_budget(lambda: 0.0, DOMAIN))


async def test_connecting_a_store_scans_it_and_records_what_another_connector_created(
    world: World,
) -> None:
    gid = await world.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    await world.sim.create(tags=[f"TikTokOrderID:{LATER_ID}"])
    await world.sim.create(tags=["wholesale"])
    world.sim.pass_time(60)
    await world.connect()
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert not (await world.shop()).may_create
    await world.service.rounds["adopt"]()
    adopted = await world.adopted(ORDER_ID)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    (finished,) = await world.finished()
    assert (finished.orders_found, finished.orders_recorded, finished.orders_kept) == (2, 1, 1)
    assert finished.app_id
    assert (await world.shop()).may_create
    await world.service.rounds["adopt"]()
    assert len(await world.finished()) == 1


async def test_an_order_that_is_fetched_later_is_recorded_then(world: World) -> None:
    gid = await world.sim.create(sourceIdentifier=LATER_ID)
    world.sim.pass_time(60)
    await world.connect()
    await world.service.rounds["adopt"]()
    assert (await world.order(LATER_ID)).created is None
    await world.say(order_stream(SHOP_ID, LATER_ID), fetched(order_id=LATER_ID))
    await world.service.rounds["adopt"]()
    adopted = await world.adopted(LATER_ID)
    assert adopted.shopify_order_id == gid
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_every_page_is_read_and_cancelled_orders_count(world: World) -> None:
    ids = [str(576461413038000000 + n) for n in range(120)]
    for order_id in ids:
        await world.sim.create(sourceIdentifier=order_id)
    world.sim.pass_time(60)
    await world.connect()
    for order_id in ids:
        await world.say(order_stream(SHOP_ID, order_id), fetched(order_id=order_id))
    await world.service.rounds["adopt"]()
    (finished,) = await world.finished()
    assert (finished.orders_found, finished.orders_recorded) == (120, 120)
    stands = [(await world.order(order_id)).stands for order_id in ids]
    assert all(stands)


async def test_a_store_that_does_not_answer_to_the_end_is_not_finished(world: World) -> None:
    await world.connect()
    await world.sim.fault({"match": {"operation": "orders"}, "kind": "status", "status": 503})
    await world.service.rounds["adopt"]()
    assert await world.finished() == []
    await world.sim.fault()
    await world.service.rounds["adopt"]()
    assert len(await world.finished()) == 1


async def test_each_shop_of_the_store_is_settled_by_one_scan(world: World) -> None:
    await world.connect()
    await world.connect(OTHER_SHOP)
    await world.service.rounds["adopt"]()
    assert len(await world.finished()) == len(await world.finished(OTHER_SHOP)) == 1


async def test_a_shop_that_joins_a_scanned_store_is_scanned_for_by_itself(world: World) -> None:
    await world.connect()
    await world.service.rounds["adopt"]()
    gid = await world.sim.create(tags=[f"TikTokOrderID:{LATER_ID}"])
    world.sim.pass_time(60)
    await world.connect(OTHER_SHOP)
    theirs = fetched(shop_id=OTHER_SHOP, order_id=LATER_ID)
    await world.say(order_stream(OTHER_SHOP, LATER_ID), theirs)
    assert (await world.shop()).may_create  # the first shop goes on meanwhile
    assert not (await world.shop(OTHER_SHOP)).may_create
    await world.service.rounds["adopt"]()
    assert (await world.shop(OTHER_SHOP)).may_create
    adopted = await world.adopted(LATER_ID, OTHER_SHOP)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    assert len(await world.finished()) == len(await world.finished(OTHER_SHOP)) == 1


async def test_another_app_in_the_store_scans_it_again_and_finds_the_orders_of_the_first(
    world: World,
) -> None:
    await world.connect(app_id="gid://shopify/App/310000000001")
    await world.service.rounds["adopt"]()
    assert (await world.shop()).may_create
    await world.sim.define_custom_id()
    gid = await world.sim.create(metafields=custom_id(ORDER_ID), sourceIdentifier=ORDER_ID)
    world.sim.pass_time(60)
    await world.sim.put(app_id="42")
    await world.connect(app_id="gid://shopify/App/42")
    assert not (await world.shop()).may_create
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await world.service.rounds["adopt"]()
    apps = [event.app_id for event in await world.finished()]
    assert apps == ["gid://shopify/App/310000000001", "gid://shopify/App/42"]
    adopted = await world.adopted(ORDER_ID)
    assert adopted.shopify_order_id == gid
    assert (await world.shop()).may_create


async def test_asked_again_it_scans_again_and_says_so(world: World) -> None:
    await world.connect()
    await world.service.rounds["adopt"]()
    await world.sim.create(sourceIdentifier=ORDER_ID)
    world.sim.pass_time(60)
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    asked = events.AdoptionRequested(shop_id=SHOP_ID, store=DOMAIN, requested_by="ana")
    await world.say(shop_stream(SHOP_ID), asked)
    assert (await world.shop()).may_create  # a second look does not stop what goes on
    await world.service.rounds["adopt"]()
    assert [event.orders_recorded for event in await world.finished()] == [0, 1]
    await world.say(shop_stream(SHOP_ID), asked)
    await world.service.rounds["adopt"]()
    assert [event.orders_found for event in await world.finished()] == [0, 1, 1]
    assert (await world.finished())[-1].orders_recorded == 0


async def test_our_own_orders_are_recognised_after_the_database_was_lost(world: World) -> None:
    await world.sim.define_custom_id()
    gid = await world.sim.create(metafields=custom_id(ORDER_ID))
    world.sim.pass_time(60)
    await world.connect()
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await world.service.rounds["adopt"]()
    adopted = await world.adopted(ORDER_ID)
    assert adopted.shopify_order_id == gid


async def test_a_record_about_a_connection_starts_the_scan_at_once(world: World) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        repeating = tasks.create_task(world.service.tasks["adopt"]())
        await world.connect()
        stream = shop_stream(SHOP_ID)
        (recorded,) = await world.events.read(stream)
        wakeup = Wakeup(Cause(stream, "cause"), recorded.event, 1)
        await world.service.on_records([wakeup])
        while not await world.finished():
            await world.events.wait(1)
        repeating.cancel()
    assert world.job_store.kept_by_then == [0]  # it was heard by the rest of the service too


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


async def perform(world: World) -> int:
    """How many creations came of one job, done with what is kept."""
    creating = Creating()
    first = AdoptFirst(
        creating.perform,
        Journal(world.events, "shopify-writer", world.clock),
        world.shopify,
        world.kept,
        timedelta(seconds=30),
    )
    world.outcome = await first.perform(job(), Lease(10.0, lambda: 0.0))
    return creating.jobs


async def keep_found(world: World) -> str:
    """A scan has found another connector's order, and it is kept; its gid."""
    gid = await world.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    await world.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, gid, "#1077")])
    return gid


async def delete(world: World, gid: str) -> None:
    await world.sim.put(lookup_lag_s=0, search_lag_s=0)
    (await world.sim.http.delete(f"/_sim/orders/{gid}")).raise_for_status()


async def test_what_was_found_is_recorded_and_not_created(world: World) -> None:
    await keep_found(world)
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(world) == 0
    assert (await world.order(ORDER_ID)).stands
    assert await perform(world) == 1  # nothing is kept any more: the writer itself sees it stands


async def test_what_nobody_found_is_created(world: World) -> None:
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(world) == 1


async def test_a_request_in_doubt_is_found_out_before_anything_is_adopted(world: World) -> None:
    await keep_found(world)
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID), requested())
    assert await perform(world) == 1
    assert not (await world.order(ORDER_ID)).stands


async def test_an_order_deleted_since_is_created_again_when_asked_for(world: World) -> None:
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    gid = await keep_found(world)
    assert await perform(world) == 0
    removed = events.ShopifyOrderRemoved(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=DOMAIN,
        shopify_order_id=gid,
        seen_by="webhook",
    )
    await world.say(order_stream(SHOP_ID, ORDER_ID), removed)
    await world.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, gid, "#1077")])
    assert await perform(world) == 1
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_what_was_found_and_is_deleted_since_is_created_and_not_adopted(world: World) -> None:
    """It waited for weeks until a shop fetched the order."""
    await delete(world, await keep_found(world))
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(world) == 1
    assert (await world.order(ORDER_ID)).created is None
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_a_kept_order_that_is_deleted_since_is_dropped_and_not_adopted(world: World) -> None:
    await world.connect()
    gid = await keep_found(world)
    await world.service.rounds["adopt"]()
    assert [kept.shopify_order_id for kept in await world.kept.page(DOMAIN, "", 10)] == [gid]
    await delete(world, gid)
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await world.service.rounds["adopt"]()
    assert (await world.order(ORDER_ID)).created is None
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_nothing_kept_is_recorded_while_the_store_does_not_say_that_it_is_there(
    world: World,
) -> None:
    await world.connect()
    gid = await keep_found(world)
    await world.service.rounds["adopt"]()
    await world.sim.fault({"match": {"operation": "nodes"}, "kind": "status", "status": 503})
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await world.service.rounds["adopt"]()
    assert (await world.order(ORDER_ID)).created is None  # nobody has said that it is there
    await world.sim.fault()
    await world.service.rounds["adopt"]()
    assert (await world.adopted(ORDER_ID)).shopify_order_id == gid


def draft(*known_as: str) -> Wakeup:
    """The record of a draft; what TikTok was told of its order."""
    made = events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=DOMAIN,
        snapshot_version=1,
        settings_version=1,
        placed_at=datetime(2026, 11, 20, tzinfo=UTC),
        currency="USD",
        total="1",
        lines=(),
        shipping_lines=(),
        attributes=(),
        tags=(),
        known_as=known_as,
    )
    return Wakeup(Cause(order_stream(SHOP_ID, ORDER_ID), str(fact_id("draft"))), made, 2)


async def arrive(world: World, wakeup: Wakeup) -> None:
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await world.service.on_records([wakeup])
    assert world.job_store.kept_by_then == [1]  # kept before there is a job


@pytest.mark.parametrize("is_number", [True, False])
async def test_an_order_that_tiktok_was_told_of_is_adopted_once_it_is_seen(
    world: World, is_number: bool
) -> None:
    gid = await world.sim.create()
    await arrive(world, draft("#1001", gid.rpartition("/")[2] if is_number else gid))
    await world.service.rounds["adopt"]()
    assert (await world.order(ORDER_ID)).created is None  # nobody has seen it yet
    assert await perform(world) == 0
    adopted = await world.adopted(ORDER_ID)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    assert adopted.name.startswith("#")


async def test_an_order_that_tiktok_was_told_of_but_is_not_there_is_created(world: World) -> None:
    await arrive(world, draft("5550001"))
    assert await perform(world) == 1
    assert await world.kept.page(DOMAIN, "", 10) == ()
    assert not (await world.order(ORDER_ID)).stands


async def test_another_tiktok_orders_counterpart_is_not_adopted(world: World) -> None:
    gid = await world.sim.create(sourceIdentifier=LATER_ID)
    await arrive(world, draft(gid))
    assert await perform(world) == 1


async def test_nothing_is_created_while_the_store_does_not_say_whether_it_is_there(
    world: World,
) -> None:
    gid = await world.sim.create()
    await arrive(world, draft(gid))
    await world.sim.fault({"match": {"operation": "nodes"}, "kind": "status", "status": 503})
    assert await perform(world) == 0
    assert isinstance(world.outcome, Retry)
    await world.sim.fault()
    assert await perform(world) == 0
    assert (await world.order(ORDER_ID)).stands


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


async def doubles(world: World) -> list[tuple[str, str]]:
    """What is said of doubles: ours, and the other."""
    said = [each.event for each in await world.events.read(order_stream(SHOP_ID, ORDER_ID))]
    failed = [event for event in said if isinstance(event, events.ShopifyUpdateFailed)]
    assert {event.reason_code for event in failed} <= {"doubled_in_shopify"}
    return [(event.shopify_order_id, event.content) for event in failed]


async def standing_twice(world: World) -> tuple[str, str]:
    """An order of ours that is recorded, and another for the same TikTok order."""
    gid = await world.sim.create(sourceIdentifier=ORDER_ID)
    other = await world.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    world.sim.pass_time(60)
    await world.connect()
    await world.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID), ours(gid))
    return gid, other


@pytest.mark.parametrize("is_kept", [False, True], ids=["listed", "kept"])
async def test_a_scan_never_puts_another_order_over_one_that_stands_and_says_the_double(
    world: World, is_kept: bool
) -> None:
    gid, other = await standing_twice(world)
    if is_kept:
        await world.say(
            shop_stream(SHOP_ID),
            events.AdoptionFinished(shop_id=SHOP_ID, store=DOMAIN, waived_by="ana"),
        )
        await world.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, other, "#2")])
    for _ in range(2):
        await world.service.rounds["adopt"]()
    created = await world.adopted(ORDER_ID)
    assert (created.outcome, created.shopify_order_id) == ("created", gid)
    assert await doubles(world) == [(gid, other)]
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_a_listed_double_that_is_not_there_any_more_is_not_said(world: World) -> None:
    gid, other = await standing_twice(world)
    await world.sim.put(lookup_lag_s=0, search_lag_s=0)
    await world.sim.http.delete(f"/_sim/orders/{other}")
    await world.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, other, "#2")])
    await world.service.rounds["adopt"]()
    assert (await world.adopted(ORDER_ID)).shopify_order_id == gid
    assert await doubles(world) == []


async def test_an_order_of_ours_in_flight_is_not_adopted_but_waited_for(world: World) -> None:
    await world.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await world.say(stream, fetched(order_id=ORDER_ID), requested())
    gid = await world.sim.create(sourceIdentifier=ORDER_ID)
    world.sim.pass_time(60)
    await world.service.rounds["adopt"]()
    assert (await world.order(ORDER_ID)).created is None
    assert [kept.shopify_order_id for kept in await world.kept.page(DOMAIN, "", 10)] == [gid]
    await world.say(stream, ours(gid))
    await world.service.rounds["adopt"]()
    assert (await world.adopted(ORDER_ID)).outcome == "created"
    assert await doubles(world) == []
    assert await world.kept.page(DOMAIN, "", 10) == ()


async def test_what_was_found_while_a_request_of_ours_came_to_nothing_is_adopted_then(
    world: World,
) -> None:
    await world.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await world.say(stream, fetched(order_id=ORDER_ID), requested())
    gid = await world.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    world.sim.pass_time(60)
    await world.service.rounds["adopt"]()
    failed = events.ShopifyOrderFailed(
        shop_id=SHOP_ID, order_id=ORDER_ID, store=DOMAIN, draft_version=1, attempt=1,
        reason_code="throttled",
    )  # fmt: skip
    await world.say(stream, failed)
    await world.service.rounds["adopt"]()
    assert (await world.adopted(ORDER_ID)).shopify_order_id == gid


async def test_an_order_created_between_the_listing_and_its_record_stays_the_recorded_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is faster by one event: what was found is judged again, on the order as it is."""
    await world.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await world.say(stream, fetched(order_id=ORDER_ID))
    gid = await world.sim.create(sourceIdentifier=ORDER_ID)
    other = await world.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    world.sim.pass_time(60)
    append = world.events.append

    async def faster(commands: Any) -> Any:
        monkeypatch.undo()
        await world.say(stream, requested(), ours(gid))
        return await append(commands)

    monkeypatch.setattr(world.events, "append", faster)
    await world.service.rounds["adopt"]()
    assert (await world.adopted(ORDER_ID)).outcome == "created"
    assert await doubles(world) == [(gid, other)]

"""One TikTok order on its way: mapper, writer and tracker in one process, Shopify's simulator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from eventstore import ANY_VERSION, Append
from eventstore.decisions import Cause, Histories, decide_all
from eventstore.memory import MemoryEventStore
from eventstore.wakeups import Wakeup
from jobs import MemoryJobs, Owner, settle
from lifecycle import order as orders
from lifecycle import shop as shops
from mapper import domain as mapping
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from shopify.answers import Answer, CallFacts, DoubtReason, Unclear
from shopify.client import ShopifyClient
from shopify.documents import Document
from shopify.tokens import StaticTokens
from shopify_writer.creation import attempt
from shopify_writer.creation.attempt import Writer
from shopify_writer.creation.intake import CREATE_ORDER, Intake
from shopify_writer.creation.recording import Record as WriterRecord
from shopify_writer.store_pauses import StorePauses
from simulators.shopify import in_process
from simulators.shopify.in_process import DOMAIN, TEE, InProcessShopify
from status_tracker.applying import Applier
from status_tracker.doubts import Doubts
from status_tracker.recording import Record as TrackerRecord
from status_tracker.tracking import KINDS, Tracking
from vault import MasterKeys, MemoryVault

SHOP_ID, ORDER_ID = "7495514739512345678", "576461413038785752"
STREAM = order_stream(SHOP_ID, ORDER_ID)
DEADLINE, ABSENT_AFTER = timedelta(seconds=30), timedelta(minutes=5)
Step = str
STEPS = (
    "address",
    "cancel",
    "map",
    "take in",
    "write",
    "track",
    "apply",
    "wait",
    "create lost before",
    "create lost after",
    "create late",
)


class LossyShopify:
    """The simulator; ``next_create`` says what becomes of the next ``orderCreate``."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.next_create = ""
        self.client = ShopifyClient(
            world.sim.http,
            StaticTokens({DOMAIN: world.sim.token}),
            clock=world.clock,
            base_url="http://sim",
        )

    async def execute(
        self, store: str, what: str | Document, variables: Mapping[str, object], **_: Any
    ) -> Answer:
        self.world.clock()
        if what != "order_create" or not self.next_create:
            return await self.client.execute(store, what, variables)
        fate, self.next_create = self.next_create, ""
        if fate == "create lost after":
            await self.client.execute(store, what, variables)
        if fate == "create late":
            due_at = self.world.now + DEADLINE + timedelta(minutes=1)
            self.world.late.append((due_at, variables))
        self.world.now += DEADLINE
        return Unclear(DoubtReason.DEADLINE, call=CallFacts(sent_at=self.world.now))


@dataclass
class World:
    """One TikTok order, three services, one Shopify."""

    sim: InProcessShopify
    snapshot: events.OrderFetched
    now: datetime
    late: list[tuple[datetime, Mapping[str, object]]] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)
    address: str = ""
    said: int = 0
    owner: Owner = field(init=False)

    def __post_init__(self) -> None:
        self.store = MemoryEventStore(self.clock)
        self.job_store = MemoryJobs(self.clock)
        self.vault = MemoryVault(MasterKeys({"k": bytes(32)}, "k"), self.clock)
        self.shopify = LossyShopify(self)
        self.stores = StorePauses(self.store, self.shopify, self.job_store, self.clock)
        self.intake = Intake(self.job_store, self.stores, self.clock)
        self.writer = Writer(
            WriterRecord(self.store, self.clock),
            self.vault,
            self.shopify,
            self.stores,
            self.job_store,
            self.clock,
            doubts=attempt.Doubts(ABSENT_AFTER, DEADLINE),
            digest_key=bytes(32),
        )
        self.tracking = Tracking(self.store, self.job_store, self.clock)
        doubts = Doubts(ABSENT_AFTER, DEADLINE)
        record = TrackerRecord(self.store, self.clock)
        self.applier = Applier(record, self.vault, self.shopify, self.job_store, self.clock, doubts)

    def clock(self) -> datetime:
        self.sim.clock[0] = self.now.timestamp()
        return self.now

    async def say(self, stream: str, event: Event) -> None:
        self.said += 1
        new = NewEvent(fact_id("test", str(self.said)), event, self.now, Trace("test", "talk"))
        await self.store.append([Append(stream, ANY_VERSION, (new,))])

    async def step(self, step: Step) -> None:
        """One thing happens."""
        match step:
            case "address" | "cancel":
                await self.change(step)
            case "map":
                await self.map()
            case "take in":
                await self.hear("writer", self.intake.on_records)
            case "track":
                await self.hear("tracker", self.tracking.on_records)
            case "write":
                await self.work((CREATE_ORDER,), self.writer.perform)
            case "apply":
                await self.work(KINDS, self.applier.perform)
            case "wait":
                await self.wait(timedelta(minutes=2))
            case fate:
                self.shopify.next_create = fate

    async def change(self, what: str) -> None:
        """TikTok changes the order."""
        self.now += timedelta(seconds=1)
        changes: dict[str, Any] = {"updated_at": self.now, "asked_at": self.now}
        if what == "cancel":
            changes["status"] = "CANCELLED"
        else:
            self.address = f"{self.said} Planted Parkway"
            changes["recipient"] = await self.keep(self.address)
        self.snapshot = self.snapshot.model_copy(update=changes)
        await self.say(STREAM, self.snapshot)

    async def keep(self, line1: str) -> events.VaultReference:
        value = {"name": "Petra Plantedbuyer", "line1": line1, "city": "Los Angeles"}
        place = {"state": "California", "postal_code": "90066", "region": "US"}
        kept: Any = await self.vault.put(
            SHOP_ID, ORDER_ID, "recipient", value | place, masked=False
        )
        return events.VaultReference(kind="recipient", version=kept.version, digest=kept.digest)

    async def map(self) -> None:
        """The mapper decides on the order as it stands."""
        shop = shops.fold(await self.store.read(shop_stream(SHOP_ID)))
        context = mapping.Context(shop, {self.snapshot.lines[0].sku_id: TEE})

        async def decide(histories: Histories) -> Mapping[str, tuple[Event, ...]]:
            return {s: mapping.decide(orders.fold(h), context) for s, h in histories.items()}

        cause = Cause(STREAM, f"map {await self.store.head()}")
        await decide_all(self.store, [cause], decide, source="mapper", clock=self.clock)

    async def hear(self, group: str, on_records: Callable[[list[Wakeup]], Any]) -> None:
        """The group gets the records since it last read."""
        records = await self.store.read_after(self.heard.get(group, 0), 1_000)
        if records:
            self.heard[group] = records[-1].position
            await on_records([_wakeup(one) for one in records])

    async def work(self, kinds: tuple[str, ...], perform: Callable[..., Any]) -> None:
        for job in await self.job_store.claim(self.owner.id, kinds, 10):
            await settle(self.job_store, job, await perform(job, self.owner.lease))

    async def wait(self, span: timedelta) -> None:
        """Time passes; what was late arrives."""
        self.now += span
        self.clock()
        for due_at, variables in [one for one in self.late if one[0] <= self.now]:
            self.late.remove((due_at, variables))
            await self.shopify.client.execute(DOMAIN, "order_create", variables)

    async def come_to_rest(self) -> None:
        """Everybody gets round to everything, until nothing is left to do."""
        for _ in range(60):
            before = await self.store.head()
            for step in ("map", "take in", "write", "track", "apply"):
                await self.step(step)
            jobs = await self.job_store.of_stream(STREAM)
            is_idle = all(job.state == "done" for job in jobs)
            if is_idle and not self.late and await self.store.head() == before:
                return
            await self.wait(timedelta(minutes=3))
        raise AssertionError(f"it never comes to rest: {jobs}")

    async def history(self) -> tuple[Recorded, ...]:
        return await self.store.read(STREAM)


def _wakeup(one: Recorded) -> Wakeup:
    return Wakeup(Cause(one.stream, str(one.id), "talk"), one.event, one.version)


async def live(
    steps: list[Step], first: events.OrderFetched, shop: tuple[Event, ...]
) -> tuple[World, list[dict[str, Any]]]:
    """The world after these steps and all that follows; the orders that Shopify has then."""
    async with in_process.running() as sim:
        await sim.define_custom_id()
        world = World(sim, first, first.updated_at)
        for event in shop:
            await world.say(shop_stream(SHOP_ID), event)
        async with world.job_store.open_owner(clock=lambda: 0.0) as world.owner:
            await world.change("address")
            for step in steps:
                await world.step(step)
            await world.come_to_rest()
        return world, [shown["order"] for shown in await sim.orders()]

"""A status-tracker whose stores are in memory, and a Shopify order that can be fulfilled."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from inspect import isawaitable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from connections.waits import Waits
from eventstore import ANY_VERSION, Append
from eventstore.journal import Cause
from eventstore.memory import MemoryEventStore
from eventstore.wakeups import Wakeup
from jobs import Job, MemoryJobs, Outcome, Owner, settle
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from runtime.clock import Clocks
from runtime.randomness import system_chance, system_id
from runtime.session import LeaseLost
from shopify.answers import (
    Answer,
    CallFacts,
    Done,
    DoubtReason,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.body import Guard
from shopify.client import ShopifyClient
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind, UserError
from shopify.tokens import StaticTokens
from simulators.shopify import in_process
from simulators.shopify.in_process import DOMAIN, InProcessShopify
from status_tracker.app import Connections, build
from status_tracker.intake import KINDS
from status_tracker.settings import TrackerSettings
from vault import MasterKeys, MemoryVault

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP_ID = "7495514739512345678"
ORDER_ID = "576461413038785752"
STORE = "harbor-and-pine.myshopify.com"
GID = "gid://shopify/Order/1"
DEADLINE = timedelta(seconds=30)
READ, MAKE = "fulfillment_orders", "fulfillment_create"
EVENTS, ADD = "fulfillment_events_read", "fulfillment_event_create"
PAGE = {"hasNextPage": False, "endCursor": None}


class Crash(BaseException):
    """The process dies here: nothing after this line happens."""


@dataclass
class Parcel:
    """A fulfilment in Shopify, and its events in order."""

    id: str
    number: str = ""
    status: str = "SUCCESS"
    units: int = 1
    events: list[tuple[str, str]] = field(default_factory=list)


Fault = Callable[["Shop", Mapping[str, Any]], Awaitable[Answer]]


class Shop:
    """One Shopify order: what is left to send, what was sent, and faults as scripted."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.left: dict[str, int] = {"MUG-BLUE-11": 1}
        self.parcels: list[Parcel] = []
        self.is_there = True
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.faults: dict[str, list[Fault | None]] = {}

    async def execute(
        self,
        store: str,
        what: str,
        variables: Mapping[str, object],
        *,
        guard: Guard | None = None,
    ) -> Answer:
        assert store == STORE
        if guard is not None:
            guard()
        self.calls.append((what, variables))
        planned = self.faults.get(what)
        fault = planned.pop(0) if planned else None
        return await fault(self, variables) if fault else self.answer(what, variables)

    def answer(self, what: str, variables: Mapping[str, Any]) -> Answer:
        match what:
            case "fulfillment_orders":
                return self.done(order=self._order() if self.is_there else None)
            case "fulfillment_create":
                return self._fulfilled(variables["fulfillment"])
            case "fulfillment_events_read":
                (parcel,) = [one for one in self.parcels if one.id == variables["id"]]
                nodes = [_event(n, *said) for n, said in enumerate(parcel.events)]
                shown = _parcel(parcel) | {"events": {"nodes": nodes, "pageInfo": PAGE}}
                return self.done(fulfillment=shown)
            case _:
                return self._told(variables["fulfillmentEvent"])

    def _order(self) -> dict[str, Any]:
        lines = [
            {
                "id": f"gid://shopify/FulfillmentOrderLineItem/{sku}",
                "totalQuantity": quantity,
                "remainingQuantity": quantity,
                "lineItem": {"id": f"gid://shopify/LineItem/{sku}", "sku": sku},
            }
            for sku, quantity in self.left.items()
        ]
        actions = [{"action": "CREATE_FULFILLMENT"}] if any(self.left.values()) else []
        left = {
            "id": "gid://shopify/FulfillmentOrder/1",
            "status": "OPEN",
            "supportedActions": actions,
            "assignedLocation": {"location": {"id": "gid://shopify/Location/1"}},
            "lineItems": {"nodes": lines, "pageInfo": PAGE},
        }
        return {
            "id": GID,
            "displayFulfillmentStatus": "UNFULFILLED",
            "fulfillmentOrders": {"nodes": [left], "pageInfo": PAGE},
            "fulfillments": [_parcel(one) for one in self.parcels],
        }

    def _fulfilled(self, wanted: Mapping[str, Any]) -> Answer:
        parcel = self.fulfil(wanted)
        return self.done(fulfillmentCreate={"fulfillment": _parcel(parcel), "userErrors": []})

    def fulfil(self, wanted: Mapping[str, Any]) -> Parcel:
        """Take the units; the whole order when no lines are named."""
        (taken,) = wanted["lineItemsByFulfillmentOrder"]
        for line in taken.get("fulfillmentOrderLineItems", ()):
            self.left[line["id"].rpartition("/")[2]] -= line["quantity"]
        if "fulfillmentOrderLineItems" not in taken:
            self.left = dict.fromkeys(self.left, 0)
        number = wanted.get("trackingInfo", {}).get("number", "")
        parcel = Parcel(f"gid://shopify/Fulfillment/{len(self.parcels) + 1}", number)
        self.parcels.append(parcel)
        return parcel

    def _told(self, event: Mapping[str, Any]) -> Answer:
        said = self.tell(event)
        return self.done(fulfillmentEventCreate={"fulfillmentEvent": said, "userErrors": []})

    def tell(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Append the event, also when the fulfilment has one like it."""
        (parcel,) = [one for one in self.parcels if one.id == event["fulfillmentId"]]
        parcel.events.append((event["status"], event["happenedAt"]))
        return _event(len(parcel.events) - 1, *parcel.events[-1])

    def facts(self) -> CallFacts:
        return CallFacts(sent_at=self.world.now, request_id=f"request-{len(self.calls)}")

    def done(self, **data: Any) -> Done:
        return Done(data, call=self.facts())


def _parcel(parcel: Parcel) -> dict[str, Any]:
    tracking = [{"number": parcel.number}] if parcel.number else []
    return {
        "id": parcel.id,
        "status": parcel.status,
        "totalQuantity": parcel.units,
        "location": {"id": "gid://shopify/Location/1"},
        "trackingInfo": tracking,
    }


def _event(n: int, status: str, happened_at: str) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/FulfillmentEvent/{n + 1}",
        "status": status,
        "happenedAt": happened_at,
    }


async def lost_before(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The call's time is up; nothing came of it."""
    shop.world.now += DEADLINE
    return Unclear(DoubtReason.DEADLINE, call=shop.facts())


async def lost_after(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """It was done, the answer is lost."""
    _do(shop, variables)
    return await lost_before(shop, variables)


async def dies(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The process dies; nothing comes of the call."""
    raise Crash


async def dies_after(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """It was done; the process dies before it hears of it."""
    _do(shop, variables)
    raise Crash


async def late(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The process dies; what it asked for is done a minute later."""
    shop.world.later.append((shop.world.now + timedelta(minutes=1), lambda: _do(shop, variables)))
    raise Crash


def _do(shop: Shop, variables: Mapping[str, Any]) -> None:
    if "fulfillment" in variables:
        shop.fulfil(variables["fulfillment"])
    else:
        shop.tell(variables["fulfillmentEvent"])


async def trouble(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """A 5xx, nothing done."""
    return Unclear(DoubtReason.SERVER_ERROR, "http_503", call=shop.facts())


async def throttled(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """Refused before execution."""
    return Throttled(7.0, call=shop.facts())


async def unreachable(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """Not a byte left us."""
    return Unreachable("ConnectError", call=shop.facts())


async def refused(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """Shopify says no."""
    error = UserError(None, ("fulfillment", "x"), RefusalKind.FULFILLMENT_ORDER_CLOSED)
    return Refused((error,), call=shop.facts())


def denied(kind: DenialKind) -> Fault:
    async def deny(shop: Shop, variables: Mapping[str, Any]) -> Answer:
        return Unauthorized(kind, call=shop.facts())

    return deny


@dataclass
class World:
    """The service, what it is connected to, and hands that carry out its jobs."""

    now: datetime = NOW
    seconds: float = 0.0
    owner: Owner = field(init=False)
    owners: AsyncExitStack = field(default_factory=AsyncExitStack)
    later: list[tuple[datetime, Callable[[], object]]] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        self.store = MemoryEventStore(self.clock)
        self.job_store = MemoryJobs(self.clock)
        self.shop: Any = self.make_shop()
        self.vault = MemoryVault(MasterKeys({"k": bytes(32)}, "k"), self.clock)
        self.service = build(
            Connections(
                self.store, self.vault, self.shop, self.job_store, self.job_store.open_owner
            ),
            TrackerSettings.model_construct(waits=Waits()),
            Clocks(self.clock, lambda: self.seconds),
            system_id,
            system_chance,
            CollectorRegistry(),
        )
        assert self.service.on_records is not None
        self.on_records = self.service.on_records

    def make_shop(self) -> Any:
        return Shop(self)

    def clock(self) -> datetime:
        return self.now

    async def start(self) -> None:
        """A worker process begins."""
        opened = self.job_store.open_owner(clock=lambda: self.seconds)
        self.owner = await self.owners.enter_async_context(opened)

    async def restart(self) -> None:
        """The worker process is gone; another begins and recovers what was left."""
        await self.owners.aclose()
        self.owners = AsyncExitStack()
        await self.start()
        await self.job_store.recover()

    async def say(self, *said: Event) -> list[Recorded]:
        """Record events of the shop or of the order."""
        for event in said:
            is_order = isinstance(event, events.OrderEvent)
            stream = order_stream(SHOP_ID, ORDER_ID) if is_order else shop_stream(SHOP_ID)
            self.said += 1
            new = NewEvent(fact_id("test", str(self.said)), event, self.now, Trace("test", "talk"))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])
        head = await self.store.head()
        return list(await self.store.read_after(head - len(said), len(said)))

    async def hear(self, *said: Event) -> None:
        """The events are recorded, and so is what follows; all their records are consumed."""
        position = await self.store.head()
        await self.say(*said)
        await self.consume_after(position)

    async def consume_after(self, position: int) -> None:
        """All records after this position come, in batches of 100."""
        while recorded := await self.store.read_after(position, 100):
            position = recorded[-1].position
            await self.on_records(
                [
                    Wakeup(Cause(one.stream, str(one.id), "talk"), one.event, one.version)
                    for one in recorded
                ]
            )

    async def redeliver(self) -> None:
        """Every record comes again, one by one and then all at once."""
        for one in await self.store.read_after(0, 1000):
            wakeup = Wakeup(Cause(one.stream, str(one.id), "talk"), one.event, one.version)
            await self.on_records([wakeup])
        await self.consume_after(0)

    async def work(self) -> list[Outcome]:
        """Carry out everything that is due now, once; what became of it."""
        ended: list[Outcome] = []
        for job in await self.job_store.claim(self.owner.id, KINDS, 50):
            try:
                outcome = await self.service.perform(job, self.owner.lease)
            except LeaseLost:
                continue
            except Crash:
                await self.restart()
                continue
            await settle(self.job_store, job, outcome)
            ended.append(outcome)
        return ended

    async def work_until_settled(self, hours: float = 3.0) -> None:
        """Work and let time pass until nothing is left to do, or so much time has passed."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            await self.work()
            due = [job.due_at for job in await self.jobs() if job.state in {"waiting", "in_doubt"}]
            if not due:
                return
            self.now = max(self.now + timedelta(seconds=1), min(due))
            for at, happen in [one for one in self.later if one[0] <= self.now]:
                self.later.remove((at, happen))
                if isawaitable(done := happen()):
                    await done

    async def jobs(self) -> list[Job]:
        return list(await self.job_store.of_stream(order_stream(SHOP_ID, ORDER_ID)))

    async def told(self, name: str) -> list[Any]:
        """The order's events of this name."""
        history = await self.store.read(order_stream(SHOP_ID, ORDER_ID))
        return [one.event for one in history if one.name == name]

    def asked(self) -> list[str]:
        """The documents that were sent, in order."""
        return [what for what, _ in self.shop.calls]


class Lossy:
    """The simulator through our client, which loses answers as scripted by document."""

    def __init__(self, world: "SimWorld", client: ShopifyClient) -> None:
        self.world = world
        self.client = client
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.faults: dict[str, list[str]] = {}

    async def execute(
        self,
        store: str,
        what: str,
        variables: Mapping[str, object],
        *,
        guard: Guard | None = None,
    ) -> Answer:
        if guard is not None:
            guard()
        self.world.clock()
        self.calls.append((what, variables))
        planned = self.faults.get(what)
        fault = planned.pop(0) if planned else ""
        if fault == "late":
            due_at = self.world.now + timedelta(minutes=1)
            self.world.later.append((due_at, lambda: self.client.execute(store, what, variables)))
        if fault in {"", "lost_after", "dies_after"}:
            answer = await self.client.execute(store, what, variables)
            if not fault:
                return answer
        return self._lost(fault)

    def _lost(self, fault: str) -> Answer:
        if fault in {"dies", "dies_after", "late"}:
            raise Crash
        facts = CallFacts(sent_at=self.world.now)
        if fault == "throttled":
            return Throttled(7.0, call=facts)
        if fault == "unreachable":
            return Unreachable("ConnectError", call=facts)
        self.world.now += DEADLINE
        return Unclear(DoubtReason.DEADLINE, call=facts)


@dataclass
class SimWorld(World):
    """The service against Shopify's simulator, which shares its clock."""

    sim: InProcessShopify = field(kw_only=True)

    def make_shop(self) -> Any:
        client = ShopifyClient(
            self.sim.http,
            StaticTokens({DOMAIN: self.sim.token}),
            clock=self.clock,
            base_url="http://sim",
        )
        return Lossy(self, client)

    def clock(self) -> datetime:
        self.sim.clock[0] = self.now.timestamp()
        return self.now

    async def ordered(self) -> dict[str, Any]:
        """The one order in the simulator."""
        (order,) = await self.sim.orders()
        return order


def created(gid: str = GID) -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        shop_id=SHOP_ID, order_id=ORDER_ID, outcome="created", store=STORE, shopify_order_id=gid
    )


@pytest.fixture
async def world(connected: Callable[..., Sequence[Event]]) -> AsyncIterator[World]:
    """A connected shop, an order that stands in Shopify, and one worker."""
    made = World()
    await made.start()
    await made.say(*connected(), created())
    async with made.owners:
        yield made


@pytest.fixture
async def simulated() -> AsyncIterator[SimWorld]:
    """The service and one worker against Shopify's simulator, whose store is empty."""
    async with in_process.running() as sim:
        made = SimWorld(sim=sim)
        await made.start()
        async with made.owners:
            yield made


@pytest.fixture
def stands() -> Callable[..., events.ShopifyOrderCreated]:
    """Makes the event that says that the order stands in Shopify."""
    return created


@pytest.fixture
def faults() -> dict[str, Any]:
    """What may happen to a call, by name."""
    return {
        "lost_before": lost_before,
        "lost_after": lost_after,
        "dies": dies,
        "dies_after": dies_after,
        "late": late,
        "trouble": trouble,
        "throttled": throttled,
        "unreachable": unreachable,
        "refused": refused,
        "denied": denied,
    }

"""A shopify-writer whose stores are in memory, and a Shopify that loses answers when told to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from secrets import token_bytes
from typing import Any

import pytest
from tests.world.writer import KEYS, a_writer

from eventstore import ANY_VERSION, Append
from eventstore.journal import Cause
from eventstore.memory import MemoryEventStore
from eventstore.wakeups import Wakeup
from inbox import MemoryInbox
from jobs import Job, MemoryJobs, Outcome, Owner, settle
from mapping.recipient import Recipient
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from runtime.clock import Clocks
from runtime.randomness import system_id
from runtime.session import Lease, LeaseLost
from shopify.answers import (
    Answer,
    CallFacts,
    DefinitionMissing,
    Done,
    DoubtReason,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
)
from shopify.body import Guard
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind, UserError
from shopify_jobs.doubts import Doubts
from shopify_writer.app import WriterService
from shopify_writer.settings import Beats
from shopify_writer.webhooks.inbox import LAYOUT
from vault import MemoryVault

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP_ID = "7495514739512345678"
ORDER_ID = "576461413038785752"
STORE = "harbor-and-pine.myshopify.com"
DEADLINE = timedelta(seconds=30)
DOUBTS = Doubts(timedelta(minutes=5), DEADLINE, timedelta(seconds=2))
SETTINGS: dict[str, Any] = {
    "shopify_client_id": "client",
    "shopify_client_secret": "secret",
    "shopify_old_client_secret": "secret of last month",
    "beats": Beats(read_back=0.001),
}
LOOKUP, SEARCH, CREATE = "order_find_by_custom_id", "order_find", "order_create"
RECIPIENT = Recipient(
    name="Petra Plantedbuyer",
    first_name="Petra",
    last_name="Plantedbuyer",
    phone="(+1)2135550147",
    email="v2planted@chat.seller.tiktok.com",
    line1="77 Planted Parkway",
    line2="Suite 100",
    city="Los Angeles",
    state="California",
    postal_code="90066",
    region="US",
)


class Crash(BaseException):
    """The process dies here: nothing after this line happens."""


@dataclass(frozen=True)
class Standing:
    """An order in the store; lookups see it from ``visible_at`` on."""

    gid: str
    order_id: str
    input: Mapping[str, Any]
    visible_at: datetime


Fault = Callable[["Shop", Mapping[str, Any]], Awaitable[Answer]]


class Shop:
    """Shopify as one store sees it: creates, looks up, searches, and fails as scripted.

    ``faults`` holds, by document, what happens to the next calls; None: nothing unusual.
    ``unique``: whether a second order with the same id is refused, or made all the same.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.orders: list[Standing] = []
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.faults: dict[str, list[Fault | None]] = {}
        self.unique = False
        self.lag = timedelta(0)
        self.search_lag = timedelta(0)

    @asynccontextmanager
    async def admitted(self, *_: object, **__: object) -> AsyncIterator[None]:
        """There is always room."""
        yield

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
        if fault is not None:
            return await fault(self, variables)
        return self.answer(what, variables)

    def answer(self, what: str, variables: Mapping[str, Any]) -> Answer:
        match what:
            case "order_create":
                return self._created(variables)
            case "order_find_by_custom_id":
                wanted = variables["identifier"]["customId"]["value"]
                found = self.seen(wanted, self.lag)
                return self.done(orderByIdentifier=found[0] if found else None)
            case _:
                wanted = variables["query"].split('"')[1]
                page = {"hasNextPage": False, "endCursor": None}
                found = self.seen(wanted, self.search_lag)
                return self.done(orders={"nodes": found, "pageInfo": page})

    def _created(self, variables: Mapping[str, Any]) -> Answer:
        order_id = variables["order"]["sourceIdentifier"]
        if self.unique and any(one.order_id == order_id for one in self.orders):
            return self.refused(RefusalKind.ID_TAKEN, field=("order", "metafields", "0", "value"))
        standing = self.commit(variables)
        return self.done(orderCreate={"order": _shown(standing), "userErrors": []})

    def commit(self, variables: Mapping[str, Any], after: timedelta = timedelta(0)) -> Standing:
        gid = f"gid://shopify/Order/{len(self.orders) + 1}"
        order_id = variables["order"]["sourceIdentifier"]
        standing = Standing(gid, order_id, variables, self.world.now + after)
        self.orders.append(standing)
        return standing

    def seen(self, order_id: str, lag: timedelta) -> list[dict[str, Any]]:
        now = self.world.now
        return [
            _shown(one)
            for one in self.orders
            if one.order_id == order_id and one.visible_at + lag <= now
        ]

    def facts(self) -> CallFacts:
        return CallFacts(sent_at=self.world.now, request_id=f"request-{len(self.calls)}")

    def done(self, **data: Any) -> Done:
        return Done(data, call=self.facts())

    def refused(
        self, *kinds: RefusalKind, code: str | None = None, field: tuple[str, ...] = ()
    ) -> Refused:
        return Refused(tuple(UserError(code, field, kind) for kind in kinds), call=self.facts())


def _shown(standing: Standing) -> dict[str, Any]:
    number = standing.gid.rpartition("/")[2]
    return {
        "id": standing.gid,
        "legacyResourceId": number,
        "name": f"#{number}",
        "createdAt": standing.visible_at.isoformat(),
        "processedAt": standing.input["order"].get("processedAt", standing.visible_at.isoformat()),
        "sourceIdentifier": standing.order_id,
    }


async def lost_before(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The call's time is up; nothing came of it."""
    shop.world.now += DEADLINE
    return Unclear(DoubtReason.DEADLINE, call=shop.facts())


async def lost_after(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The order was made, the answer is lost."""
    shop.commit(variables)
    shop.world.now += DEADLINE
    return Unclear(DoubtReason.READ_TIMEOUT, call=shop.facts())


async def late(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The order is made after the caller gave up."""
    shop.commit(variables, DEADLINE + timedelta(seconds=45))
    shop.world.now += DEADLINE
    return Unclear(DoubtReason.DEADLINE, call=shop.facts())


async def trouble(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """A 5xx, nothing done."""
    return Unclear(DoubtReason.SERVER_ERROR, "http_503", call=shop.facts())


async def throttled(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """Refused before execution, for a moment."""
    return Throttled(0.0, call=shop.facts())


async def undefined(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The store has no definition of our id."""
    return DefinitionMissing(call=shop.facts())


async def dies(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The process dies while the call is under way, and nothing comes of the call."""
    raise Crash


async def dies_after(shop: Shop, variables: Mapping[str, Any]) -> Answer:
    """The order is made; the process dies before it hears of it."""
    shop.commit(variables)
    raise Crash


def denied(kind: DenialKind) -> Fault:
    async def deny(shop: Shop, variables: Mapping[str, Any]) -> Answer:
        return Unauthorized(kind, call=shop.facts())

    return deny


def refusing(*kinds: RefusalKind, code: str | None = None) -> Fault:
    async def refuse(shop: Shop, variables: Mapping[str, Any]) -> Answer:
        return shop.refused(*kinds, code=code)

    return refuse


def a_draft(**changes: Any) -> events.ShopifyOrderDraft:
    """One mug at 18.50 with its tax, shipped for 4.99: 24.97 in all."""
    draft = events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=STORE,
        snapshot_version=1,
        settings_version=3,
        placed_at=NOW - timedelta(hours=3),
        paid_at=NOW - timedelta(hours=2),
        currency="USD",
        total=Decimal("24.97"),
        lines=(
            events.DraftLine(
                variant_id="gid://shopify/ProductVariant/1",
                title="Stoneware mug 11 oz",
                variant_title="Blue",
                sku="MUG-BLUE-11",
                sku_id="2729382476852921560",
                quantity=1,
                unit_price=Decimal("18.50"),
                taxes=(
                    events.DraftTax(
                        title="Sales tax", rate=Decimal("0.08"), amount=Decimal("1.48")
                    ),
                ),
                line_ids=("577086512123755121",),
            ),
        ),
        shipping_lines=(
            events.DraftShippingLine(title="Standard shipping", price=Decimal("4.99")),
        ),
        attributes=(
            events.Attribute(key="Channel", value="TikTok Shop - Harbor & Pine"),
            events.Attribute(key="TikTok Shop Order ID", value=ORDER_ID),
            events.Attribute(key="Shipping Method", value="TikTok Shipping"),
        ),
        tags=("TikTok Shop",),
    )
    return draft.model_copy(update=changes)


@dataclass
class World:
    """The service, what it is connected to, and hands that carry out its jobs."""

    now: datetime = NOW
    seconds: float = 0.0
    doubts: Doubts = DOUBTS
    outcomes: list[Outcome] = field(default_factory=list)
    owner: Owner = field(init=False)
    owners: AsyncExitStack = field(default_factory=AsyncExitStack)
    said: int = 0

    def __post_init__(self) -> None:
        self.store = MemoryEventStore(self.clock)
        self.vault = MemoryVault(KEYS, self.clock, token_bytes)
        self.job_store = MemoryJobs(self.clock)
        self.inbox = MemoryInbox(LAYOUT)
        self.shop = Shop(self)
        self.use(self.shop)

    def use(self, shopify: Any, **changed: Any) -> WriterService:
        """The service built on this client, with other connections or settings where said."""
        kept = {"store": self.store, "vault": self.vault, "job_store": self.job_store}
        own = {**SETTINGS, **kept, "shopify": shopify, "inbox": self.inbox, **changed}
        self.service = a_writer(shopify, Clocks(self.clock, lambda: self.seconds), **own)
        return self.service

    def clock(self) -> datetime:
        return self.now

    async def start(self) -> None:
        """A worker process begins."""
        opened = self.job_store.open_owner(system_id, clock=lambda: self.seconds)
        self.owner = await self.owners.enter_async_context(opened)

    async def restart(self) -> None:
        """The worker process is gone; another begins and recovers what was left."""
        await self.owners.aclose()
        self.owners = AsyncExitStack()
        await self.start()
        await self.job_store.recover()

    async def say(self, *said: Event, order_id: str = ORDER_ID) -> list[Recorded]:
        """Record events of a shop or of an order."""
        for event in said:
            is_order = isinstance(event, events.OrderEvent)
            stream = order_stream(SHOP_ID, order_id) if is_order else shop_stream(SHOP_ID)
            self.said += 1
            new = NewEvent(fact_id("test", str(self.said)), event, self.now, Trace("test", "talk"))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])
        head = await self.store.head()
        return list(await self.store.read_after(head - len(said), len(said)))

    async def arrive(self, *recorded: Recorded) -> None:
        """The records of these events are consumed, as one batch."""
        await self.service.on_records([wakeup(said) for said in recorded])

    async def draft(self, **changes: Any) -> Recorded:
        """A draft is decided and its record arrives."""
        order_id = changes.get("order_id", ORDER_ID)
        (recorded,) = await self.say(a_draft(**changes), order_id=order_id)
        await self.arrive(recorded)
        return recorded

    async def work(self) -> list[Outcome]:
        """Carry out everything that is due now, once; what became of it."""
        ended: list[Outcome] = []
        for job in await self.job_store.claim(self.owner.id, self.service.kinds, 50):
            try:
                outcome = await self.service.perform(job, self.owner.lease)
            except LeaseLost:
                continue
            except Crash:
                await self.restart()
                continue
            await settle(self.job_store, job, outcome)
            ended.append(outcome)
        self.outcomes += ended
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

    async def jobs(self) -> list[Job]:
        streams = await self.store.streams("order")
        return [job for stream in streams for job in await self.job_store.of_stream(stream)]

    async def history(self, order_id: str = ORDER_ID) -> tuple[Recorded, ...]:
        return await self.store.read(order_stream(SHOP_ID, order_id))

    async def names(self, order_id: str = ORDER_ID) -> list[str]:
        """The order's events, without "ShopifyOrder" before their names."""
        history = await self.history(order_id)
        return [one.name.removeprefix("ShopifyOrder") for one in history]

    async def last(self, order_id: str = ORDER_ID) -> Any:
        return (await self.history(order_id))[-1].event

    def made(self, order_id: str = ORDER_ID) -> int:
        """How many orders stand in Shopify for this one."""
        return len([one for one in self.shop.orders if one.order_id == order_id])

    def asked(self) -> list[str]:
        """The documents that were sent, in order."""
        return [what for what, _ in self.shop.calls]

    async def keep_buyer(self, recipient: Recipient = RECIPIENT) -> events.VaultReference:
        """The vault keeps the buyer; what a draft says to refer to it."""
        kept: Any = await self.vault.put(
            SHOP_ID, ORDER_ID, "recipient", recipient.to_record(), masked=recipient.is_masked
        )
        return events.VaultReference(
            kind="recipient", version=kept.version, digest=kept.digest, masked=kept.masked
        )


def wakeup(recorded: Recorded) -> Wakeup:
    cause = Cause(recorded.stream, str(recorded.id), recorded.trace.correlation_id)
    return Wakeup(cause, recorded.event, recorded.version)


@pytest.fixture
async def world(connected: Callable[..., Sequence[Event]]) -> AsyncIterator[World]:
    """A connected shop whose store may be written to, and one worker."""
    made = World()
    await made.start()
    await made.say(*connected())
    async with made.owners:
        yield made


@pytest.fixture
def draft() -> Callable[..., events.ShopifyOrderDraft]:
    """Makes the draft of one mug, 24.97 in all; keywords change fields."""
    return a_draft


@pytest.fixture
def recipient() -> Recipient:
    return RECIPIENT


@pytest.fixture
def faults() -> dict[str, Any]:
    """What may happen to a call, by name."""
    return {
        "lost_before": lost_before,
        "lost_after": lost_after,
        "late": late,
        "trouble": trouble,
        "throttled": throttled,
        "undefined": undefined,
        "dies": dies,
        "dies_after": dies_after,
        "denied": denied,
        "refusing": refusing,
    }


@pytest.fixture
def lease() -> Lease:
    held = Lease(10.0, lambda: 0.0)
    held.extend(0.0)
    return held

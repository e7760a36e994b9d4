"""One world for tests: our services on stores in memory, both platforms, one clock.

Nothing happens by itself: a test says who gets round to what, and when time passes, so it always
happens in the same order. Where a test does not care, ``come_to_rest`` lets everybody get round to
everything.
"""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from secrets import token_bytes
from typing import Any, Final, Self, TypeVar

from tests.world.clock import WorldClock
from tests.world.kafka import MemoryKafka
from tests.world.process import Process
from tests.world.shopify import ShopifySide, shopify_side
from tests.world.story import (
    BUYER,
    GRANT_ID,
    KEYS,
    NOW,
    ORDER_ID,
    SETTINGS,
    SHOP_ID,
    STORE,
    connected,
    stream_of,
)
from tests.world.tiktok import TikTokSide, tiktok_side

from connections.settings import VaultSettings
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from jobs.job import Job
from jobs.memory import MemoryJobs
from jobs.outcomes import Outcome
from mapping.recipient import Recipient
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from relay.leader import Route
from runtime.clock import Clocks
from vault.memory import MemoryVault
from vault.values import Reference

_ROUTE: Final = Route("", "0", 0)
_LONG: Final = timedelta(days=4)
T = TypeVar("T")
S = TypeVar("S", bound=VaultSettings)


class World:
    """Everything that services are connected to, and the processes; made by ``open``."""

    def __init__(
        self,
        clock: WorldClock,
        vault: MemoryVault,
        shopify: ShopifySide,
        tiktok: TikTokSide,
        settings: Mapping[str, object],
    ) -> None:
        self.clock = clock
        self.vault = vault
        self.shopify = shopify
        self.tiktok = tiktok
        self.store = MemoryEventStore(clock.wall)
        self.job_store = MemoryJobs(clock.wall)
        self.kafka = MemoryKafka(clock.wall)
        self.processes: dict[str, Process] = {}
        self.clocks = Clocks(clock.wall, clock.monotonic, clock.boot, clock.sleep)
        self.chance = random.Random(0).random
        self._settings = settings
        self._ids = count(1)
        self._kept: dict[object, Any] = {}
        self._published = self._said = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, *services: str, now: datetime = NOW, store: str = STORE, **settings: object
    ) -> AsyncIterator[Self]:
        """A world with these services at work and a store in Shopify; no shop is connected yet.

        ``settings``: what the services' settings are here, by field.
        """
        clock = WorldClock(now)
        vault = MemoryVault(KEYS, clock.wall, token_bytes)
        async with (
            shopify_side(clock, vault, store) as shopify,
            tiktok_side(clock) as tiktok,
            AsyncExitStack() as running,
        ):
            world = cls(clock, vault, shopify, tiktok, settings)
            for name in services:
                process = world.processes[name] = Process(world, name)
                running.push_async_callback(process.stop)
                await process.start()
            yield world

    @property
    def now(self) -> datetime:
        """What time it is; setting it moves everybody's clock."""
        return self.clock.now

    @now.setter
    def now(self, now: datetime) -> None:
        self.clock.now = now

    def new_id(self) -> str:
        """The ids that services are built with."""
        return f"{next(self._ids):032x}"

    def kept(self, double: Callable[..., T], *arguments: object) -> T:
        """The world's own ``double(*arguments)``: processes come and go, it stays."""
        key = (double, arguments)
        if key not in self._kept:
            self._kept[key] = double(*arguments)
        made: T = self._kept[key]
        return made

    def settings(self, kind: type[S]) -> S:
        """A service's settings: as they are unless somebody sets them, but for this world's own."""
        made: S = _settings(kind, tuple(sorted({**SETTINGS, **self._settings}.items())))
        return made

    async def reconfigure(self, **settings: object) -> None:
        """Somebody changes these settings; every process begins anew with them."""
        self._settings = {**self._settings, **settings}
        for process in self.processes.values():
            await process.restart()

    async def say(self, *said: Event) -> tuple[Recorded, ...]:
        """Somebody else records these events, each in its own stream."""
        for event in said:
            self._said += 1
            event_id = fact_id("test", str(self._said))
            new = NewEvent(event_id, event, self.now, Trace("test", "conversation"))
            await self.store.append([Append(stream_of(event), ANY_VERSION, (new,))])
        head = await self.store.head()
        return await self.store.read_after(head - len(said), len(said))

    async def relay(self) -> None:
        """What was recorded is published."""
        while page := await self.store.read_after(self._published, 500):
            await self.kafka.send([_ROUTE.to_message(recorded) for recorded in page])
            self._published = page[-1].position

    async def keep_buyer(
        self, buyer: Recipient = BUYER, order_id: str = ORDER_ID, **changes: str
    ) -> events.VaultReference:
        """The vault keeps the buyer, changed in these fields; what an event says to refer to it."""
        buyer = replace(buyer, **changes)
        kept = await self.vault.put(
            SHOP_ID, order_id, "recipient", buyer.to_record(), masked=buyer.is_masked
        )
        assert isinstance(kept, Reference)
        return events.VaultReference(
            kind="recipient", version=kept.version, digest=kept.digest, masked=kept.masked
        )

    async def connect(self, **settings: object) -> None:
        """The seller authorises us and connects the store, adoption waived; settings by keyword."""
        await self.tiktok.authorise(self.vault, GRANT_ID)
        await self.say(*connected(self.shopify.sim.domain, self.now, **settings))

    async def lose(self, *groups: str) -> None:
        """Kafka loses what these groups have not read; then they have nothing before them."""
        await self.relay()
        for group in groups or self.processes:
            self.kafka.poll(group)
            self.kafka.commit(group)

    async def link(self, sku_id: str, variant_id: str) -> None:
        """A person links this SKU to this variant of the store."""
        await self.say(
            events.ProductLinked(
                shop_id=SHOP_ID,
                sku_id=sku_id,
                variant_id=variant_id,
                store=self.shopify.sim.domain,
                linked_by="person",
            )
        )

    def process(self, of: str = "") -> Process:
        """The process of this service; "" where there is only one."""
        (name,) = [of] if of else self.processes
        return self.processes[name]

    async def hear(self, *said: Event, by: str = "") -> None:
        """These events are recorded; the service handles them and all that follows from them."""
        await self.say(*said)
        while await self.process(by).hear():
            pass

    async def redeliver(self, *recorded: Recorded, to: str = "") -> None:
        """These records are published (again), and the service handles them."""
        await self.relay()
        await self.kafka.send([_ROUTE.to_message(event) for event in recorded])
        await self.hear(by=to)

    async def work(self, by: str = "") -> list[Outcome]:
        """The service carries out what is due, once; what became of it."""
        return await self.process(by).work()

    async def pass_time(self, span: timedelta) -> None:
        """Time passes, and what comes late comes."""
        await self.clock.pass_time(span)

    async def work_until_settled(self, hours: float = 3.0, by: str = "") -> None:
        """Work and let time pass until nothing is left to do, or until then."""
        end = self.now + timedelta(hours=hours)
        while self.now < end:
            await self.work(by)
            due = [job.due_at for job in await self.jobs() if job.state in {"waiting", "in_doubt"}]
            if not due:
                return
            await self.pass_time(max(timedelta(seconds=1), min(due) - self.now))

    async def come_to_rest(self) -> None:
        """Everybody gets round to everything, until minutes pass in which nothing is done."""
        end, quiet = self.now + _LONG, 0
        while self.now < end:
            before = await self.store.head()
            for process in self.processes.values():
                await process.take_turn()
            are_done = all(job.state == "done" for job in await self.jobs())
            is_quiet = are_done and not self.clock.later and await self.store.head() == before
            quiet = quiet + 1 if is_quiet else 0
            if quiet == 2:
                return
            await self.pass_time(timedelta(minutes=3))
        raise AssertionError(f"it never comes to rest: {await self.jobs()}")

    async def jobs(self) -> list[Job]:
        """All jobs, done ones included."""
        streams = await self.store.streams("order")
        return [job for stream in streams for job in await self.job_store.of_stream(stream)]

    async def history(self, order_id: str = ORDER_ID) -> tuple[Recorded, ...]:
        """The order's stream."""
        return await self.store.read(order_stream(SHOP_ID, order_id))


@cache
def _settings(kind: type[S], given: tuple[tuple[str, object], ...]) -> S:
    """Made once: reading the environment for them takes longer than most tests do."""
    return kind.model_validate(dict(given))

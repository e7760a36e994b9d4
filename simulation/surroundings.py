"""What a history takes place in: the installation, both platforms, and what is seen of them."""

import json
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from ordersync_contracts.envelope import Recorded
from runtime.kafka.memory import MemoryCluster
from simulation.evidence import Deed, Sighting, Text, Version
from simulation.faults import FAULTS
from simulation.installation import SETTINGS, Installation, outside_of
from simulation.life.commands import Commands
from simulation.life.people import connect_shop
from simulation.loop import LANE, SimulationLoop
from simulation.machine import EPOCH
from simulation.network import Network
from simulation.outside import Outside
from simulation.plan import STORES, Json, Plan, shop_id, store_domain
from simulation.sessions import Locks
from simulation.stores import Stores
from simulation.strikes import Strikes
from simulation.trace import Trace
from simulation.webhooks import Answering, Webhooks
from simulators.randomness import Randomness
from simulators.shopify import in_process as shopify
from simulators.shopify.settings import Settings as ShopifySettings
from simulators.tiktok.in_process import InProcessTikTok
from simulators.tiktok.settings import Settings as TikTokSettings

_EVERLASTING: Final = {"OrdersReconciled"}
"""Appended now and then for as long as a shop is connected: that all is complete is no news."""
_TIKTOK: Final = TikTokSettings("test_key", "test_secret", webhook_retries_s=(120, 1800))
_SHOPIFY: Final = ShopifySettings(
    client_id="test-client-id",
    client_secret=SETTINGS["shopify_client_secret"],
    webhook_retries_s=(60.0, 600.0),
)


@dataclass
class Surroundings:
    """``quiet_s``: after so long without an event or anything due a history has come to rest."""

    loop: SimulationLoop
    trace: Trace
    strikes: Strikes
    installation: Installation
    network: Network
    tiktok_wire: Webhooks
    shopify_wire: Webhooks
    dice: random.Random
    quiet_s: float
    texts: list[Text] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _versions: list[tuple[float, str, bytes]] = field(default_factory=list)
    _sightings: list[tuple[float, str, str, bytes | None]] = field(default_factory=list)
    outside: Outside = field(init=False)
    news: int = 0
    news_at: float = EPOCH.timestamp()
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    def now(self) -> float:
        """Unix seconds; both platforms' clock."""
        return EPOCH.timestamp() + self.loop.time()

    def wall(self) -> datetime:
        """The same as a date."""
        return EPOCH + timedelta(seconds=self.loop.time())

    def told(self, who: str, what: str, how: str) -> None:
        """What became of a machine."""
        self.trace.add(self.loop.time(), who, what, how=how)
        if what == "ended" and how and how != "Unreachable":
            self.surprises.append(f"{who} ended by itself: {how}")

    def log(self, level: str, event: dict[str, Any]) -> None:
        """A line that a service logs."""
        who = LANE.get(self.loop.outside).name
        said = json.dumps(event, default=str, sort_keys=True)
        self.texts.append(Text(f"log of {who}", said))
        self.trace.add(self.loop.time(), who, f"log {event['event']}", said=said)
        if level in {"error", "critical"}:
            self.surprises.append(f"{who}: {said}")

    def surprised(self, _loop: object, context: dict[str, Any]) -> None:
        """An error that nobody took."""
        error = context.get("exception")
        self.surprises.append(f"{context['message']}: {type(error).__name__}")

    async def connect_shop(self, number: int, since: float) -> list[Deed]:
        """A seller and a person do it."""
        return await connect_shop(self.outside, number, since)

    async def calm(self) -> None:
        """From now on nothing goes wrong any more."""
        self.strikes.are_over = True
        self.network.down.clear()
        for number in range(1, STORES + 1):
            lag = {"lookup_lag_s": 0, "search_lag_s": 0}
            await self.installation.shopify.http.put(
                f"/_sim/shops/{store_domain(number)}", json=lag
            )
        quiet = {"drop": 0.0, "duplicate": 0.0, "reorder": 0.0}
        await self.installation.tiktok.control("PUT", "/_sim/webhooks", quiet)

    def _tiktok_changed(self, shop: str, _order_id: str, raw: bytes | None) -> None:
        if raw is not None:
            self._versions.append((self.now(), shop, raw))

    def _shopify_changed(self, store: str, gid: str, shown: bytes | None) -> None:
        self._sightings.append((self.now(), store, gid, shown))

    def versions(self) -> list[Version]:
        """Every TikTok order after each of its changes, oldest first."""
        return [Version(at, shop, json.loads(raw)) for at, shop, raw in self._versions]

    def sightings(self) -> list[Sighting]:
        """Every Shopify order after each of its changes, oldest first."""
        return [
            Sighting(at, store, gid, None if shown is None else json.loads(shown))
            for at, store, gid, shown in self._sightings
        ]

    def events_appended(self) -> int:
        """So far."""
        return self.installation.stores.events.count

    def is_busy(self) -> bool:
        """Whether something is due, or will be."""
        left = self.left()
        return any(left[name] for name in left if name not in {"jobs.parked", "mapper.waiting"})

    async def is_on_hold(self) -> bool:
        """Whether TikTok still holds an order back: it lets go of it by itself."""
        shown = await self.installation.tiktok.control("GET", "/_sim/orders")
        return any(order["status"] == "ON_HOLD" for order in shown["orders"])

    def left(self) -> dict[str, int]:
        """What there is to do, and what waits."""
        return self.installation.stores.left()

    async def tiktok_orders(self, number: int) -> list[Json]:
        """As TikTok stores them."""
        shown = await self.installation.tiktok.control(
            "GET", f"/_sim/orders?shop_id={shop_id(number)}"
        )
        return list(shown["orders"])

    async def shopify_orders(self, number: int) -> list[Json]:
        """As they stand in the store."""
        http = self.installation.shopify.http
        answer = await http.get("/_sim/orders", params={"shop": store_domain(number)})
        return list(answer.json()["orders"])

    async def open(self, plan: Plan) -> None:
        """Both platforms begin, and all machines are there."""
        ids = count(1)
        randomness = Randomness(
            lambda: f"00000000-0000-4000-8000-{next(ids):012}",
            lambda: f"secret{next(ids):040}",
            plan.seed,
        )
        tiktok = InProcessTikTok(
            clock=self.now,
            webhook_transport=self.tiktok_wire,
            randomness=randomness,
            settings=_TIKTOK,
            observe=self._tiktok_changed,
        )
        tiktok.start()
        domains = [store_domain(number) for number in range(1, STORES + 1)]
        running = shopify.running(
            _SHOPIFY,
            now=self.now,
            domains=domains,
            webhook_transport=self.shopify_wire,
            randomness=randomness,
            observe=self._shopify_changed,
        )
        self.installation.tiktok = tiktok
        self.installation.shopify = await self._open.enter_async_context(running)
        await self._let_orders_double(domains, plan.settings.get("unique_metafield", "drop"))
        self.installation.install(self.told)
        commands = Commands.on(self.installation)
        self.outside = Outside(tiktok, self.installation.shopify, self.now, commands)

    async def _let_orders_double(self, domains: Sequence[str], unique: str) -> None:
        """``drop``: a second order of one id is created without it, as Shopify documents nothing
        else. Where it is refused, no order can ever be doubled, whatever a service does wrong.
        """
        for domain in domains:
            await self.installation.shopify.http.put(
                f"/_sim/shops/{domain}", json={"unique_metafield": unique}
            )

    def recorded(self, recorded: Recorded) -> None:
        """An event was appended."""
        if recorded.name not in _EVERLASTING:
            self.news += 1
            self.news_at = self.now()
        self.trace.add(
            self.loop.time(),
            LANE.get(self.loop.outside).name,
            f"event {recorded.name}",
            stream=recorded.stream,
            version=recorded.version,
            says=recorded.data.decode(),
        )


def around(plan: Plan, loop: SimulationLoop) -> Surroundings:
    """Nothing is on yet."""
    trace, outside = Trace(), outside_of(loop)
    calls = tuple(strike for strike in plan.strikes if FAULTS[strike.kind].happen is None)
    strikes = Strikes(calls)
    dice = random.Random(f"{plan.seed}/network")
    network = Network(loop, dice, strikes, trace, outside, {})

    def wall() -> datetime:
        return EPOCH + timedelta(seconds=loop.time())

    stores = Stores.empty(
        wall, loop.time, random.Random(f"{plan.seed}/vault"), lambda: LANE.get(loop.outside)
    )
    answering = Answering()
    cluster = MemoryCluster(wall, context=outside)
    installation = Installation(
        loop, network, stores, Locks(loop, dice), cluster, answering, plan.settings, plan.seed
    )
    made = Surroundings(
        loop,
        trace,
        strikes,
        installation,
        network,
        Webhooks(network, "tiktok", answering),
        Webhooks(network, "shopify", answering),
        dice,
        float(plan.settings.get("quiet_s", 900.0)),
    )
    stores.events.told = made.recorded
    return made

"""The whole system on memory doubles: every service by its ``build``, on machines of its own."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import count
from typing import Any, Final, TypeVar

import httpx
from prometheus_client import CollectorRegistry

from connections.budgeted import BudgetedShopify
from connections.stores import StoreTokens
from console import app as console
from console.settings import ConsoleSettings
from eventstore.wakeups import subscribe_group
from fetcher import app as fetcher
from fetcher.settings import FetcherSettings
from httpclient.transport import Timeouts
from jobs.budget_queue import BudgetQueue
from jobs.owner import Owner
from mapper import app as mapper
from mapper.settings import MapperSettings
from relay import app as relay
from relay.leader import Route
from relay.settings import RelaySettings
from runtime import kafka
from runtime.kafka.memory import MemoryCluster
from runtime.kafka.memory_log import Outcome
from runtime.service import Service, Task
from runtime.session import USUAL_TIMES
from runtime.settings import Settings
from shopify.client import ShopifyClient
from shopify.oauth import TokenSource
from shopify.transport import open_http as open_shopify_http
from shopify_writer import app as writer
from shopify_writer.settings import WriterSettings
from simulation.loop import LANE, Lane, SimulationLoop
from simulation.machine import Machine
from simulation.network import Network, Remote
from simulation.sessions import Connection, Locks
from simulation.stores import Stores
from simulation.webhooks import Answering
from simulation.wire import NamedCalls, Wire
from simulators.shopify.in_process import InProcessShopify
from simulators.tiktok.in_process import InProcessTikTok
from status_tracker import app as status_tracker
from status_tracker.settings import TrackerSettings
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.rate_limit import Limits, RateLimit
from tiktok.tokens import TokenClient
from tiktok.transport import open_http as open_tiktok_http

S = TypeVar("S", bound=Settings)
REPLICAS: Final = {
    "fetcher": 2,
    "mapper": 2,
    "shopify-writer": 2,
    "status-tracker": 2,
    "relay": 2,
    "console": 1,
}
TIKTOK_HOST: Final = "tiktok.ordersync.example"
SHOPIFY_HOST: Final = "shopify.ordersync.example"
PAGES_HOST: Final = "127.0.0.1"
SETTINGS: Final[Mapping[str, Any]] = {
    "kafka_bootstrap": "kafka:9092",
    "database_url": "postgresql://ordersync@database/ordersync",
    "vault_keys": json.dumps({"k1": base64.b64encode(bytes(range(32))).decode()}),
    "vault_key_id": "k1",
    "tiktok_app_key": "test_key",
    "tiktok_app_secret": "test_secret",
    "tiktok_webhook_url": f"https://{TIKTOK_HOST}/webhooks/tiktok",
    "tiktok_api_url": "http://tiktok",
    "tiktok_auth_url": "http://tiktok",
    "shopify_simulator_url": "http://shopify",
    "shopify_webhook_url": f"https://{SHOPIFY_HOST}/webhooks/shopify",
    "shopify_redirect_url": "https://ordersync.example/installed",
    "shopify_client_id": "test-client-id",
    "shopify_client_secret": "test-client-secret",
}
"""What every service is told, unless a plan says otherwise; nothing listens there."""


_OUTCOMES: Final[Mapping[str, Outcome]] = {"not_done": "fail", "done_unheard": "fail_after"}


@dataclass
class Installation:
    """Its machines, and what lies between them."""

    loop: SimulationLoop
    network: Network
    stores: Stores
    locks: Locks
    cluster: MemoryCluster
    answering: Answering
    settings: Mapping[str, Any]
    seed: int
    tiktok: InProcessTikTok = field(init=False)
    shopify: InProcessShopify = field(init=False)
    machines: dict[str, Machine] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def install(self, told: Callable[[str, str, str], None]) -> None:
        """All machines, none of them on yet."""
        for service, replicas in REPLICAS.items():
            for number in range(1, replicas + 1):
                name = f"{service}-{number}"
                live = partial(self._live, service)
                self.machines[name] = Machine(self.loop, name, live, told)
        self.cluster.before_send = partial(self._kafka, "send")
        self.cluster.before_commit = partial(self._kafka, "commit")

    async def _kafka(self, what: str, client_id: str) -> Outcome:
        """What becomes of a batch that is sent, or of a commit."""
        machine = self.machines.get(client_id.removesuffix("-dead"))
        if machine is None:
            return ""
        if self.network.is_down("kafka"):
            return "fail"
        strike = self.network.meet(machine, f"kafka.{what}")
        if strike is None:
            return ""
        await self.network.befall(machine, strike, "before")
        return _OUTCOMES.get(strike.kind, "")

    def new_id(self) -> str:
        """No id comes twice."""
        return f"{next(self._ids):032x}"

    def told_settings(self, kind: type[S]) -> S:
        """A service's settings."""
        made: S = _settings(kind, json.dumps({**SETTINGS, **self.settings}, sort_keys=True))
        return made

    async def _live(self, service: str, machine: Machine) -> None:
        """What ``main`` does, on doubles."""
        machine.bound.append(Held(self.stores, machine.lane, self.cluster, machine.name))
        dice = random.Random(f"{self.seed}/{machine.name}/{self.loop.time()}")
        registry = CollectorRegistry(auto_describe=False)
        built = Building(self, machine, dice.random, registry)
        made, tasks = await built.serve(service)
        async with asyncio.TaskGroup() as group:
            for name, task in {**made.tasks, **tasks}.items():
                group.create_task(task(), name=name)


@dataclass
class Building:
    """One process's connections, and the service on them."""

    of: Installation
    machine: Machine
    chance: Callable[[], float]
    registry: CollectorRegistry

    async def serve(self, service: str) -> tuple[Service, Mapping[str, Task]]:
        """The service as its ``build`` makes it, and the tasks that ``main`` adds."""
        build: Mapping[str, Callable[[], Service]] = {
            "fetcher": self._fetcher,
            "mapper": self._mapper,
            "shopify-writer": self._writer,
            "status-tracker": self._tracker,
            "relay": self._relay,
            "console": self._console,
        }
        made = build[service]()
        for name, host in (("webhooks", _HOSTS.get(service, "")), ("pages", PAGES_HOST)):
            if name in made.endpoints:
                self.of.answering.answers(host, self.machine, made.endpoints[name])
        if made.on_records is None:
            return made, {}
        connection = self.of.cluster.connection(
            client_id=self.machine.name,
            registry=self.registry,
            clock=self.machine.wall,
            chance=self.chance,
        )
        subscribe_group(connection, service, made.on_records, topic_prefix="")
        consume = partial(kafka.consume, connection, lag_interval_s=3600.0)
        return made, {"consume": consume}

    def _remote(self, name: str, target: object, **options: Any) -> Any:
        return Remote(self.of.network, self.machine, name, target, **options)

    def _store(self) -> Any:
        return self._remote("events", self.of.stores.events, at_once=("wait",))

    def _vault(self) -> Any:
        return self._remote("vault", self.of.stores.vault)

    def _marks(self) -> Any:
        return self._remote("marks", self.of.stores.marks)

    def _budget(self) -> Any:
        """This process's holder of places in the budgets that all share."""
        return self._remote("budget", self.of.stores.budget.shared_with(self.machine.name))

    def _wire(self, platform: str) -> Wire:
        to = {"tiktok": self.of.tiktok.transport, "shopify": self.of.shopify.transport}[platform]
        return Wire(self.of.network, self.machine, platform, to)

    def _budgeted(self, settings: Any) -> BudgetedShopify:
        """As ``connections.opening.open_budgeted``."""
        wall, monotonic = self.machine.clocks.wall, self.machine.clocks.monotonic
        token_http = httpx.AsyncClient(transport=self._wire("shopify"), base_url="http://shopify")
        secret = settings.shopify_client_secret.get_secret_value()
        source = TokenSource(settings.shopify_client_id, secret, token_http)
        client = ShopifyClient(
            open_shopify_http(transport=self._wire("shopify")),
            StoreTokens(self._vault(), wall, source),
            clock=wall,
            base_url=settings.shopify_simulator_url,
            timeouts=Timeouts.within(settings.shopify_call_deadline_s),
        )
        queue = BudgetQueue(self._budget(), monotonic)
        return BudgetedShopify(NamedCalls(client), queue, wall, monotonic)

    def _tiktok(self, settings: Any) -> tuple[TikTokClient, TokenClient]:
        """As ``connections.opening.open_tiktok``."""
        app = App(settings.tiktok_app_key, settings.tiktok_app_secret.get_secret_value())
        http, wall = open_tiktok_http(transport=self._wire("tiktok")), self.machine.clocks.wall
        limits = Limits(start=settings.tiktok_calls_per_s)
        rate = RateLimit(self.machine.clocks.monotonic, limits=limits)
        return (
            TikTokClient(http, app, clock=wall, base_url=settings.tiktok_api_url, rate_limit=rate),
            TokenClient(http, app, clock=wall, base_url=settings.tiktok_auth_url),
        )

    def _built(self, module: Any, connections: object, settings: object) -> Any:
        clocks, new_id = self.machine.clocks, self.of.new_id
        return module.build(connections, settings, clocks, new_id, self.chance, self.registry)

    async def _lag(self, groups: tuple[str, ...] | None = None) -> Mapping[str, int]:
        return await self.of.cluster.lag(groups)

    async def _backlog(self, store: str) -> float:
        return await self.of.stores.jobs.bulk_seconds(store)

    def _fetcher(self) -> Service:
        settings, stores = self.of.told_settings(FetcherSettings), self.of.stores
        tiktok, tokens = self._tiktok(settings)
        connections = fetcher.Connections(
            self._store(),
            self._vault(),
            tiktok,
            tokens,
            self._remote("checkpoints", stores.checkpoints),
            self._remote("order_index", stores.order_index),
            self._remote("notifications", stores.notifications),
            self._lag,
            self._backlog,
            self.of.locks.opener(self.machine, USUAL_TIMES),
        )
        made: Service = self._built(fetcher, connections, settings)
        return made

    def _mapper(self) -> Service:
        settings, stores = self.of.told_settings(MapperSettings), self.of.stores
        connections = mapper.Connections(
            self._store(),
            self._remote("waiting", stores.waiting, inner=("releases",)),
            self._remote("catalogues", stores.catalogues, inner=("checks",)),
            self._budgeted(settings),
            partial(self._lag, mapper.DOWNSTREAM),
            self._backlog,
            self._marks(),
        )
        made: Service = self._built(mapper, connections, settings)
        return made

    def _writer(self) -> Service:
        settings, stores = self.of.told_settings(WriterSettings), self.of.stores
        connections = writer.Connections(
            store=self._store(),
            vault=self._vault(),
            shopify=self._budgeted(settings),
            job_store=self._remote("jobs", stores.jobs),
            budget=self._budget(),
            open_owner=self._open_owner,
            kept_orders=self._remote("kept_orders", stores.kept_orders),
            checkpoints=self._remote("read_back", stores.read_back),
            turns=self._remote("turns", stores.turns),
            inbox=self._remote("webhooks", stores.webhooks),
            marks=self._marks(),
            lag=partial(self._lag, ("shopify-writer",)),
        )
        made: Service = self._built(writer, connections, settings)
        return made

    def _tracker(self) -> Service:
        settings, stores = self.of.told_settings(TrackerSettings), self.of.stores
        connections = status_tracker.Connections(
            self._store(),
            self._vault(),
            self._budgeted(settings),
            self._remote("jobs", stores.jobs),
            self._open_owner,
            self._marks(),
            partial(self._lag, ("status-tracker",)),
        )
        made: Service = self._built(status_tracker, connections, settings)
        return made

    def _relay(self) -> Service:
        settings, stores = self.of.told_settings(RelaySettings), self.of.stores
        connections = relay.Connections(
            self._store(),
            self._remote("published", stores.published.checkpoint()),
            self.of.locks.opener(self.machine, settings.session_times),
            partial(self.of.cluster.open_publisher, client_id=self.machine.name),
            Route("", "0", 0),
        )
        made: Service = self._built(relay, connections, settings)
        return made

    def _console(self) -> Service:
        settings, stores = self.of.told_settings(ConsoleSettings), self.of.stores
        connections = console.Connections(
            self._store(),
            self._remote("rows", stores.rows),
            self._lag,
            self._backlog,
            self._remote("bulk_runs", stores.bulk_runs),
        )
        made: Service = self._built(console, connections, settings)
        return made

    @asynccontextmanager
    async def _open_owner(self, new_id: Callable[[], str]) -> AsyncIterator[Owner]:
        """As ``jobs.owner.open_owner``: gone when the block, the process or its session ends."""
        jobs = self.of.stores.jobs
        connection = Connection(self.of.loop, self.machine, USUAL_TIMES, self.of.locks.dice)
        owner = Owner(new_id(), connection.lease, connection.lost)
        jobs.begin_owner(owner)
        connection.ended.append(partial(jobs.end_owner, owner.id))
        try:
            yield owner
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Held:
    """What the database and Kafka keep for a process; keeps ``machine.Bound``."""

    stores: Stores
    lane: Lane
    cluster: MemoryCluster
    client_id: str

    def died(self) -> None:
        """See ``machine.Bound``."""
        self.stores.vault.end_holder(self.lane)
        self.cluster.lose_member(self.client_id)

    def fell_silent(self) -> None:
        """See ``machine.Bound``."""
        self.cluster.silence(self.client_id)

    def is_back(self) -> None:
        """See ``machine.Bound``."""
        self.cluster.is_back(self.client_id)


_HOSTS: Final = {"fetcher": TIKTOK_HOST, "shopify-writer": SHOPIFY_HOST}


@cache
def _settings(kind: type[S], given: str) -> S:
    """Made once: reading the environment for them takes long."""
    return kind.model_validate(json.loads(given))


def outside_of(loop: SimulationLoop) -> Context:
    """The context of what belongs to no machine."""
    context = Context()
    context.run(LANE.set, loop.outside)
    return context

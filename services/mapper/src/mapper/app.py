"""mapper: OrderFetched in; OrderEligible and ShopifyOrderDraft, or the reason against, out."""

from collections.abc import Sequence

from connections.opening import open_pool, open_shopify, vault_on
from contracts.events import ProductLinked, ProductUnlinked, ShopEvent
from contracts.streams import category
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import Wakeup, subscribe_group
from mapper.context import Gather
from mapper.decisions import SOURCE, Mapper
from mapper.settings import MapperSettings
from mapper.sweeps import Sweeps
from mapper.tables import Tables
from mapper.variants import Variants
from runtime import kafka, logs
from runtime.clock import Clock, utc_now
from runtime.persistence import persist
from runtime.service import serve
from runtime.settings import load_or_exit
from shopify.client import ShopifyClient


class Service:
    """The whole mapper: what it does with records, and what it repeats by itself."""

    def __init__(self, mapper: Mapper, sweeps: Sweeps) -> None:
        self._mapper = mapper
        self.sweeps = sweeps

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Orders are decided on; links and shops wake the orders that wait for them."""
        orders = [one.cause for one in wakeups if category(one.stream) == "order"]
        await self._mapper.wake(orders)
        links = [one for one in wakeups if isinstance(one.event, ProductLinked | ProductUnlinked)]
        await self.sweeps.on_links(links)
        await self.sweeps.on_shops(
            [one for one in wakeups if category(one.stream) == "shop" and _of_shop(one)]
        )


def _of_shop(wakeup: Wakeup) -> bool:
    return isinstance(wakeup.event, ShopEvent)


def build(
    store: EventStore,
    tables: Tables,
    shopify: ShopifyClient,
    clock: Clock,
) -> Service:
    """The whole service, given its connections."""
    gather = Gather(store, Variants(tables, shopify, clock), clock)
    mapper = Mapper(store, gather, tables, clock)
    return Service(mapper, Sweeps(store, mapper, tables))


async def main() -> int:
    """Run the mapper until asked to stop."""
    settings = load_or_exit(MapperSettings)
    logs.configure(SOURCE, settings.log_level)
    async with (
        connect(settings.database_url.get_secret_value()) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_shopify(settings, vault_on(pool, settings)) as shopify,
    ):
        service = build(store, Tables(pool), shopify, utc_now)
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(connection, SOURCE, service.on_records, topic_prefix=settings.topic_prefix)
        return await serve(
            settings,
            {
                "consume": lambda: kafka.consume(connection),
                "sweep": lambda: persist(
                    "sweep", lambda: service.sweeps.repeat(settings.sweep_interval_s)
                ),
            },
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
            registry=connection.registry,
        )

"""mapper: OrderFetched in; OrderEligible and ShopifyOrderDraft, or the reason against, out."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from connections.backpressure import Backpressure, lag_of
from connections.opening import bulk_backlog, open_pool, open_shopify, vault_on
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import Wakeup, subscribe_group
from mapper.context import Gather
from mapper.decisions import SOURCE, Mapper
from mapper.deletions import Deletions
from mapper.pace import DOWNSTREAM, HasRoom, always
from mapper.settings import MapperSettings
from mapper.sweeps import Sweeps
from mapper.tables import Tables
from mapper.variants import Variants
from ordersync_contracts.streams import category
from runtime import kafka, logs
from runtime.clock import Clock, monotonic, utc_now
from runtime.keep_running import keep_running
from runtime.service import serve
from runtime.settings import load_or_exit
from shopify.calls import Calls

Task = Callable[[], Coroutine[Any, Any, None]]


class Service:
    """The whole mapper: what it does with records, and what it repeats by itself."""

    def __init__(self, mapper: Mapper, sweeps: Sweeps, deletions: Deletions) -> None:
        self._mapper = mapper
        self.sweeps = sweeps
        self.deletions = deletions

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Orders are decided on; links and shops queue the orders that wait for them.

        A variant that turns out to be deleted loses its link first, so that its order is decided
        on without it.
        """
        await self.deletions.on_records(wakeups)
        await self._mapper.wake(one.cause for one in wakeups if category(one.stream) == "order")
        await self.sweeps.on_records(wakeups)

    def tasks(self, settings: MapperSettings) -> Mapping[str, Task]:
        """What goes on beside the records, by name; each lives through servers that are away."""
        return {
            "release": lambda: keep_running("release", self.sweeps.work),
            "sweep": lambda: keep_running(
                "sweep", lambda: self.sweeps.repeat(settings.sweep_interval_s)
            ),
            "deletions": lambda: keep_running(
                "deletions", lambda: self.deletions.repeat(settings.variant_check_interval_s)
            ),
        }


def build(
    store: EventStore,
    tables: Tables,
    shopify: Calls,
    clock: Clock,
    has_room: HasRoom = always,
) -> Service:
    """The whole service, given its connections."""
    gather = Gather(store, Variants(tables, shopify, clock), clock)
    mapper = Mapper(store, gather, tables, clock)
    sweeps = Sweeps(store, mapper, tables, has_room)
    return Service(mapper, sweeps, Deletions(store, shopify, clock))


async def main() -> int:
    """Run the mapper until asked to stop."""
    settings = load_or_exit(MapperSettings)
    logs.configure(SOURCE, settings.log_level)
    async with (
        connect(settings.database_url.get_secret_value()) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_shopify(settings, vault_on(pool, settings)) as shopify,
    ):
        backpressure = Backpressure(lag_of(settings, DOWNSTREAM), bulk_backlog(pool), monotonic)
        service = build(store, Tables(pool), shopify, utc_now, backpressure.has_room)
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(connection, SOURCE, service.on_records, topic_prefix=settings.topic_prefix)
        return await serve(
            settings,
            {"consume": lambda: kafka.consume(connection), **service.tasks(settings)},
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
            registry=connection.registry,
        )

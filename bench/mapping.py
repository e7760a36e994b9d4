"""``bench mapping``: translating alone, and automatic sync switched on over waiting orders.

Pure: decide on folded orders, without any server, by this process's processor time. Release:
orders that wait in the mapper's tables, from the setting that frees them to the last draft.
"""

import time
from typing import Any, Final

from bench import orders, ours
from bench.counters import wakeups
from bench.counting import counting_proxy
from bench.mapping_service import opened_mapper, switched
from bench.result import Result
from bench.rounds import interleaved
from bench.servers import BenchServers, database
from bench.size import Size
from lifecycle.order import Order, evolve
from mapper.domain import Context, decide
from mapper.sweeps import PAGE

_PURE: Final = 3_000


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Measure orders a second, pure and released; count statements per page of a release."""

    async def pure() -> float:
        return _translate()

    measured = await interleaved("mapping", {"pure": pure}, size.rounds)
    async with database(servers.postgres) as of:
        rate, statements = await _release(of, 5_000 if size.quick else 100_000)
    figures: dict[str, float] = {
        "translated_orders_per_s": round(measured["pure"].median),
        "released_orders_per_s": round(rate),
    }
    counters: dict[str, float] = {"release500_sql_statements": statements}
    return Result("mapping", {}, figures, counters), {"pure": measured["pure"].to_json()}


def _translate() -> float:
    links = {link.sku_id: link.variant_id for link in orders.links()}
    context = Context(orders.shop(), links, in_bulk=False)
    folded = [evolve(Order(), 1, orders.fetched(n)) for n in range(_PURE)]
    began = time.process_time()
    for order in folded:
        decide(order, context)
    return _PURE / (time.process_time() - began)


async def _release(of: Any, count: int) -> tuple[float, float]:
    """Orders a second from the switch to the last draft; statements for one full page."""
    async with (
        counting_proxy(of.app_dsn) as (dsn, counted),
        opened_mapper(of, dsn) as (store, service),
    ):
        await service.on_records([await switched(store, 1, on=False)])
        while await service.rounds["release"]():
            pass
        await ours.append_orders(store, count)
        for first in range(0, count, PAGE):
            await service.on_records(wakeups(first))
        await service.on_records([await switched(store, 2, on=True)])
        began, before = time.perf_counter(), counted.statements
        await service.rounds["release"]()
        statements = counted.statements - before
        while await service.rounds["release"]():
            pass
        return count / (time.perf_counter() - began), statements

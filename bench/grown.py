"""``bench growth``: what everything costs when a million orders are stored, by ten thousand.

Two installations, filled by SQL and measured in turns: what disturbs the machine disturbs both.
"""

from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

from bench import grown_orders, grown_rounds
from bench.installation import installed
from bench.result import Result
from bench.rounds import Measured, Turn, interleaved, ratio
from bench.servers import BenchServers, database
from bench.size import Size

_ROUNDS: Final = 5
WORK: Final = {**grown_orders.WORK, **grown_rounds.WORK}


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Every kind of work at both sizes; a ratio of 1 is a cost that does not grow."""
    await servers.make_room()
    few, many = size.grown_orders
    measured: dict[str, dict[str, Measured]] = {}
    async with AsyncExitStack() as opened:
        by_count = {}
        for count in (few, many):
            of = await opened.enter_async_context(database(servers.postgres))
            by_count[count] = await installed(opened, of, count)
        for name, work in WORK.items():
            turns: dict[str, Turn] = {
                f"{count:,} orders": partial(work, there) for count, there in by_count.items()
            }
            measured[name] = await interleaved(name, turns, _ROUNDS)
    ratios = {}
    figures: dict[str, float] = {"orders_few": few, "orders_many": many}
    for name, by in measured.items():
        small, large = by.values()
        ratios[f"{name}_many_vs_few"] = round(ratio(large, small), 2)
        figures[f"{name}_per_s"] = round(large.median)
    details = {
        name: {who: each.to_json() for who, each in by.items()} for name, by in measured.items()
    }
    return Result("growth", ratios, figures), details

"""What ``bench growth`` fills and measures is what the services have today."""

from contextlib import AsyncExitStack

from bench.grown import WORK
from bench.installation import installed

from devstack.databases import Database


async def test_every_row_of_the_bench_of_growth_does_its_work(database: Database) -> None:
    """It is run by hand and seldom: a column or an id that changed would be noticed late."""
    async with AsyncExitStack() as opened:
        there = await installed(opened, database, 100)
        assert {name for name, work in WORK.items() if await work(there) <= 0} == set()

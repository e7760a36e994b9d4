"""Splitting the table of events while others work: each append and each page comes in time."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
import pytest
from libs.eventstore.tests.suite_eventstore import fact
from tests.integration.database_access import connected, until

from devstack.databases import Database
from eventstore.postgres import PostgresEventStore
from eventstore.store import Append, Appended
from eventstore.tail import tail

STORED: Final = 5_000
AT_A_TIME: Final = 20
WITHIN_S: Final = 30.0
IS_SPLITTING: Final = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
    "AND state = 'active' AND query LIKE 'CALL eventstore.split%')"
)
HAS_BEGUN: Final = (
    "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE d.datname = current_database() AND locktype = 'advisory' "
    "AND (classid, objid) = (7305, 2))"
)


def orders(first: int, count: int) -> list[Append]:
    return [fact(f"order-7495-{n % 900}", f"event {n}") for n in range(first, first + count)]


class Traffic:
    """Appends without end, some twenty a time, and one who follows them as the relay does."""

    def __init__(self, store: PostgresEventStore) -> None:
        self.store = store
        self.outcomes: list[object] = []
        self.followed: list[int] = []
        self.works: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.works = [asyncio.create_task(work()) for work in (self.append, self.follow)]

    async def end(self) -> None:
        for work in self.works:
            work.cancel()
        await asyncio.wait(self.works)

    async def append(self) -> None:
        for first in itertools.count(STORED, AT_A_TIME):
            self.outcomes.extend(await self.store.append(orders(first, AT_A_TIME)))
            await asyncio.sleep(0.01)

    async def follow(self) -> None:
        async for page in tail(self.store, STORED, poll_s=0.01):
            self.followed.extend(recorded.position for recorded in page)

    async def goes_on(self, events: int = 2 * AT_A_TIME) -> None:
        """Returns when so many more were appended and found, and an old stream was read."""
        wanted = len(self.outcomes) + events
        async with asyncio.timeout(WITHIN_S):
            while min(len(self.outcomes), len(self.followed)) < wanted:
                await asyncio.sleep(0.005)
                for work in self.works:
                    if work.done():
                        work.result()
            assert len(await self.store.read("order-7495-7")) >= STORED // 900


@pytest.fixture
async def traffic(store: PostgresEventStore) -> AsyncIterator[Traffic]:
    for first in range(0, STORED, 500):
        await store.append(orders(first, 500))
    traffic = Traffic(store)
    traffic.start()
    await traffic.goes_on()
    yield traffic
    await traffic.goes_on()
    await traffic.end()
    assert {type(outcome) for outcome in traffic.outcomes} == {Appended}
    assert traffic.followed == list(range(STORED + 1, STORED + 1 + len(traffic.followed)))


async def split(traffic: Traffic, admin: Any) -> int:
    """So far ahead that a try more of the split's is not too many; the boundary."""
    boundary = await traffic.store.head() + 4_000
    await admin.execute(f"CALL eventstore.split({boundary})")
    return boundary


@asynccontextmanager
async def beside_a_dump(
    boundary: int, admin: Any, database: Database
) -> "AsyncIterator[asyncio.Task[str]]":
    """A split that has begun; until the block ends the table is read, and it waits."""
    async with connected(database.admin_dsn) as other, other.transaction():
        await other.execute("LOCK TABLE eventstore.event IN ACCESS SHARE MODE")
        splitting = asyncio.create_task(admin.execute(f"CALL eventstore.split({boundary})"))
        await until(other, HAS_BEGUN)
        yield splitting


async def test_appends_and_the_relay_go_on_while_the_table_is_split_and_split_again(
    traffic: Traffic, admin: Any
) -> None:
    boundaries = [0]
    for _ in range(2):
        boundaries.append(await split(traffic, admin))
        await traffic.goes_on(boundaries[-1] - await traffic.store.head() + AT_A_TIME)
    found = await admin.fetch(
        "SELECT min(position), tableoid::regclass::text FROM eventstore.event GROUP BY 2 ORDER BY 2"
    )
    expected = [(max(1, at), f"eventstore.event_{n}") for n, at in enumerate(boundaries)]
    assert [tuple(row) for row in found] == expected


@pytest.mark.parametrize(
    "mode", ["ACCESS SHARE", "SHARE UPDATE EXCLUSIVE"], ids=["a dump", "a vacuum"]
)
@pytest.mark.parametrize("splits_before", [0, 1])
async def test_a_split_waits_for_who_is_long_at_the_table_and_nobody_waits_with_it(
    mode: str, splits_before: int, traffic: Traffic, admin: Any, events_database: Database
) -> None:
    for _ in range(splits_before):
        await split(traffic, admin)
    async with connected(events_database.admin_dsn) as other:
        async with other.transaction():
            await other.execute(f"LOCK TABLE eventstore.event IN {mode} MODE")
            splitting = asyncio.create_task(admin.execute("CALL eventstore.split(90000)"))
            await until(other, IS_SPLITTING)
            try:
                for _ in range(10):
                    await traffic.goes_on()
                assert not splitting.done()
            finally:
                await other.execute("ROLLBACK")
        await splitting


async def test_a_split_beside_another_is_refused_and_one_broken_off_is_done_again(
    traffic: Traffic, admin: Any, events_database: Database
) -> None:
    async with beside_a_dump(90_000, admin, events_database) as splitting:
        async with connected(events_database.admin_dsn) as second:
            with pytest.raises(asyncpg.RaiseError, match="split by another session"):
                await second.execute("CALL eventstore.split(95000)")
        splitting.cancel()
        await asyncio.wait([splitting])
    await admin.execute("CALL eventstore.split(95000)")
    async with connected(events_database.admin_dsn) as third:
        await third.execute("CALL eventstore.split(120000)")


async def test_a_split_that_waited_until_its_position_was_reached_changes_nothing(
    traffic: Traffic, admin: Any, events_database: Database
) -> None:
    """Otherwise the old partition would take no event from then on."""
    async with beside_a_dump(9_000, admin, events_database) as splitting:
        while await traffic.store.head() <= 9_000:
            await traffic.goes_on()
    with pytest.raises(asyncpg.RaiseError, match="position 9000 is taken"):
        await splitting

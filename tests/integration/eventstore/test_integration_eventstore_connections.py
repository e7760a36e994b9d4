"""Many callers, cancelled callers, lost connections: nothing is lost and nothing doubled."""

import asyncio
from typing import Any

import asyncpg
import pytest
from libs.eventstore.tests.suite_eventstore import decision, fact
from tests.integration.database_access import WAITS_FOR_THE_LOCK, holding_the_lock, until

from devstack.databases import Database
from eventstore import postgres
from eventstore.postgres import PostgresEventStore
from eventstore.store import Append, Appended, Repeated, WrongVersion


async def test_32_callers_share_a_few_transactions(store: PostgresEventStore, admin: Any) -> None:
    outcomes = await asyncio.gather(
        *(store.append([decision(f"order-1-{n}", 0, f"a{n}")]) for n in range(32))
    )
    assert all(isinstance(outcome, Appended) for (outcome,) in outcomes)
    transactions = await admin.fetchval("SELECT count(DISTINCT xmin::text) FROM eventstore.event")
    assert transactions <= 2


async def test_a_cancelled_caller_spoils_nothing(
    store: PostgresEventStore, events_database: Database, admin: Any
) -> None:
    async with holding_the_lock(events_database) as holder:
        first = asyncio.create_task(store.append([decision("order-1-1", 0, "a")]))
        await until(admin, WAITS_FOR_THE_LOCK)
        others = [
            asyncio.create_task(store.append([decision(f"order-2-{n}", 0, f"b{n}")]))
            for n in range(3)
        ]
        await asyncio.sleep(0)
        first.cancel()
        others[0].cancel()
        await holder.fetchval("SELECT pg_advisory_unlock(7305, 1)")
        outcomes = await asyncio.gather(*others[1:])
    assert all(isinstance(outcome, Appended) for (outcome,) in outcomes)
    assert first.cancelled()
    assert len(await store.read("order-1-1")) == 1
    assert await store.append([decision("order-1-1", 0, "a")]) == (WrongVersion(1),)


async def test_a_holder_of_the_lock_that_dies_lets_the_others_go_on(
    store: PostgresEventStore, events_database: Database, admin: Any
) -> None:
    async with holding_the_lock(events_database) as holder:
        waiting = asyncio.create_task(store.append([decision("order-1-1", 0, "a")]))
        await until(admin, WAITS_FOR_THE_LOCK)
        await admin.fetchval("SELECT pg_terminate_backend($1)", holder.get_server_pid())
        (outcome,) = await asyncio.wait_for(waiting, 20)
    assert isinstance(outcome, Appended)


async def test_a_holder_of_the_lock_that_hangs_fails_the_append_in_time(
    events_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_LOCK_TIMEOUT_MS", "50")
    async with (
        holding_the_lock(events_database),
        postgres.connect(events_database.app_dsn) as store,
    ):
        with pytest.raises(asyncpg.LockNotAvailableError):
            await store.append([decision("order-1-1", 0, "a")])
        assert await store.head() == 0


class KilledAfterCommit:
    """A pool whose first append commits and then loses its connection before it answers."""

    def __init__(self, pool: Any, admin: Any) -> None:
        self.pool, self.admin, self.kills = pool, admin, 1

    async def acquire(self) -> Any:
        self.connection = await self.pool.acquire()
        return self

    async def release(self, _: object) -> None:
        await self.pool.release(self.connection)

    def is_closed(self) -> bool:
        return bool(self.connection.is_closed())

    async def fetch(self, query: str, *arguments: object) -> Any:
        answer = await self.connection.fetch(query, *arguments)
        if self.kills:
            self.kills -= 1
            pid = self.connection.get_server_pid()
            await self.admin.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
            raise asyncpg.ConnectionDoesNotExistError("killed before the answer")
        return answer


@pytest.mark.parametrize(
    ("command", "second"),
    [(fact("order-1-1", "a"), Repeated(1, 1)), (decision("order-1-1", 0, "a"), WrongVersion(1))],
    ids=["fact", "decision"],
)
async def test_a_connection_killed_after_the_commit_makes_the_retry_safe(
    events_database: Database, admin: Any, command: Append, second: object
) -> None:
    async with asyncpg.create_pool(events_database.app_dsn, min_size=1, max_size=2) as pool:
        store = PostgresEventStore(KilledAfterCommit(pool, admin))
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)):
            await store.append([command])
        assert await store.append([command]) == (second,)
        await store.close()
    assert await admin.fetchval("SELECT count(*) FROM eventstore.event") == 1


async def test_a_connection_killed_before_the_commit_appends_nothing(
    store: PostgresEventStore, events_database: Database, admin: Any
) -> None:
    async with holding_the_lock(events_database):
        lost = asyncio.create_task(store.append([decision("order-1-1", 0, "a")]))
        await until(admin, WAITS_FOR_THE_LOCK)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks "
            "WHERE locktype = 'advisory' AND NOT granted"
        )
        with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError)):
            await lost
    assert await store.append([decision("order-1-1", 0, "a")]) == (Appended(1, 1),)

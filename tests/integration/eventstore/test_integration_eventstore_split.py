"""A table of events that was split: everything still reads whole, and nothing more is allowed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from libs.eventstore.tests.suite_eventstore import EventStoreSuite, fact, id_of
from tests.integration.database_access import connected

from devstack.databases import Database
from eventstore import audit, postgres
from eventstore.postgres import PostgresEventStore
from eventstore.store import Append, Repeated, WrongVersion
from eventstore.stored import open_stored
from ordersync_contracts.envelope import Recorded

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PARTS = "SELECT tableoid::regclass::text, count(*) FROM eventstore.event GROUP BY 1 ORDER BY 1"


def order(n: int) -> Append:
    return fact(f"order-7495-{n % 30}", f"event {n}")


async def everything(store: PostgresEventStore) -> list[Any]:
    """What each way of reading gives."""
    streams = await store.streams("order")
    return [
        await store.head(),
        streams,
        await store.read_after(0, 1_000),
        await store.read_many(streams),
        await store.read_from(dict.fromkeys(streams, 2)),
        await store.read_named(["OrderEligible"], LONG_AGO, 3, 1_000),
        await store.read_category("shop", 0, 1_000),
        await store.streams_of([id_of(f"event {n}") for n in range(300)]),
    ]


class TestSplitEventStore(EventStoreSuite):
    """Everything that any event store promises, across partitions of a few events each."""

    @pytest.fixture
    async def store(self, events_database: Database) -> AsyncIterator[PostgresEventStore]:
        async with connected(events_database.admin_dsn) as admin:
            for boundary in (2, 3, 5):
                await admin.execute(f"CALL eventstore.split({boundary})")
        async with postgres.connect(events_database.app_dsn, listen=True) as store:
            yield store


@pytest.fixture
async def split(store: PostgresEventStore, admin: Any) -> PostgresEventStore:
    """100 events before a boundary at 151, 200 around and behind it, split again at 401."""
    await store.append([order(n) for n in range(99)])
    await store.append([fact("shop-1", "a shop's")])
    before = await everything(store)
    await admin.execute("CALL eventstore.split(151)")
    assert await everything(store) == before
    for n in range(100, 300, 7):
        await store.append([order(m) for m in range(n, min(n + 7, 300))])
    before = await everything(store)
    await admin.execute("CALL eventstore.split(401)")
    assert await everything(store) == before
    await store.append([order(n) for n in range(300, 450)])
    return store


async def test_everything_reads_whole_and_positions_go_on(
    split: PostgresEventStore, admin: Any
) -> None:
    found = await split.read_after(0, 1_000)
    assert [recorded.position for recorded in found] == list(range(1, 451))
    parts = [tuple(row) for row in await admin.fetch(PARTS)]
    names = [f"eventstore.event_{n}" for n in range(3)]
    assert parts == list(zip(names, (150, 250, 50), strict=True))
    versions: dict[str, list[Recorded]] = {}
    for recorded in found:
        versions.setdefault(recorded.stream, []).append(recorded)
    assert await split.read_many(versions) == {s: tuple(each) for s, each in versions.items()}


async def test_versions_and_ids_are_compared_with_all_partitions(split: PostgresEventStore) -> None:
    old = await split.read("order-7495-1")
    (again,) = await split.append([fact("order-7495-1", "event 1")])
    assert again == Repeated(1, old[0].position)
    command = order(900)
    (late,) = await split.append([Append(command.stream, 1, command.events)])
    assert late == WrongVersion(15)


async def test_the_chain_is_whole_from_the_first_partition_to_the_last(
    split: PostgresEventStore, database: Database
) -> None:
    async with open_stored(database.admin_dsn) as stored:
        walked = await audit.walk(stored.read())
    assert (walked.events, walked.head, walked.findings) == (450, 450, ())
    assert await split.head() == 450


async def test_no_partition_can_be_changed_and_the_application_only_reads(
    split: PostgresEventStore, admin: Any, app: Any
) -> None:
    for table in ("event", "event_0", "event_1", "event_2"):
        for change in ("UPDATE {} SET name = 'x'", "DELETE FROM {}", "TRUNCATE {}"):
            for connection in (admin, app):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(change.format(f"eventstore.{table}"))
    for refused in ("CALL eventstore.split(9000)", "SELECT count(*) FROM eventstore.event_1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(refused)
    assert await app.fetchval("SELECT count(*) FROM eventstore.event") == await split.head()


async def test_a_position_that_is_taken_is_refused(store: PostgresEventStore, admin: Any) -> None:
    await store.append([order(1)])
    with pytest.raises(asyncpg.RaiseError, match="position 1 is taken"):
        await admin.execute("CALL eventstore.split(1)")


async def test_a_position_that_may_be_reached_too_soon_is_refused(
    store: PostgresEventStore, admin: Any
) -> None:
    await store.append([order(n) for n in range(200)])
    with pytest.raises(asyncpg.RaiseError, match="reached too soon: name one from 220 on"):
        await admin.execute("CALL eventstore.split(219)")
    await admin.execute("CALL eventstore.split(220)")

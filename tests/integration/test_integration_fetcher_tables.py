"""The fetcher's tables, in PostgreSQL and in memory: one promise, one suite."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from devstack.databases import Database
from fetcher.memory import MemoryCheckpoints, MemoryInbox, MemoryOrderIndex
from fetcher.tables import CLAIMED_FOR as ERASING_FOR
from fetcher.tables import (
    MIGRATIONS,
    CheckpointStore,
    KnownOrder,
    OrderIndex,
    Overtaken,
    PostgresCheckpoints,
    PostgresOrderIndex,
)
from fetcher.webhooks.inbox import CLAIMED_FOR, Inbox, PostgresInbox
from runtime.migrations import migrate
from tiktok.webhooks import Notification

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Tables:
    checkpoints: CheckpointStore
    order_index: OrderIndex
    inbox: Inbox


@pytest.fixture(params=["memory", "postgres"])
async def tables(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Tables]:
    if request.param == "memory":
        yield Tables(MemoryCheckpoints(), MemoryOrderIndex(), MemoryInbox())
        return
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=8) as pool:
        yield Tables(PostgresCheckpoints(pool), PostgresOrderIndex(pool), PostgresInbox(pool))


def said(number: int, shop_id: str = "1") -> Notification:
    return Notification(1, f"n{number}", shop_id, None, (f"o{number}", "o"), (), NOW)


async def test_checkpoints_move_only_for_the_newest_epoch(tables: Tables) -> None:
    first = await tables.checkpoints.take_over("1")
    await tables.checkpoints.move("1", first.epoch, "watermark", NOW)
    second = await tables.checkpoints.take_over("1")
    assert (second.epoch, second.watermark, second.covered_from) == (first.epoch + 1, NOW, None)
    with pytest.raises(Overtaken):
        await tables.checkpoints.move("1", first.epoch, "covered_from", NOW)
    assert (await tables.checkpoints.take_over("1")).covered_from is None


@pytest.mark.parametrize(
    "checkpoint",
    ["watermark", "covered_from", "swept_at", "packages_to", "cancellations_to", "reconciled_to"],
)
async def test_every_checkpoint_is_kept(tables: Tables, checkpoint: str) -> None:
    begun = await tables.checkpoints.take_over("1")
    await tables.checkpoints.move("1", begun.epoch, checkpoint, NOW)  # type: ignore[arg-type]  # each of them
    assert getattr(await tables.checkpoints.take_over("1"), checkpoint) == NOW


async def test_orders_are_counted_by_creation_each_once(tables: Tables) -> None:
    a, b, c = (KnownOrder(one, NOW + n * SECOND) for n, one in enumerate("abc"))
    await tables.order_index.note("1", [a, b])
    await tables.order_index.note("1", [a, c])
    await tables.order_index.note("2", [KnownOrder("d", NOW)])
    await tables.order_index.note("1", [])
    assert await tables.order_index.count("1", NOW, NOW + 2 * SECOND) == 2
    assert await tables.order_index.count("1", NOW, NOW + 3 * SECOND) == 3
    assert await tables.order_index.count("2", NOW, NOW) == 0


async def test_what_ended_with_a_buyer_is_taken_the_longest_ended_first(tables: Tables) -> None:
    await tables.order_index.note(
        "1",
        [
            KnownOrder("late", NOW, NOW, has_buyer=True),
            KnownOrder("early", NOW, NOW - SECOND, has_buyer=True),
            KnownOrder("open", NOW, None, has_buyer=True),
            KnownOrder("nobody", NOW, NOW),
            KnownOrder("new", NOW, NOW + SECOND, has_buyer=True),
        ],
    )
    assert await tables.order_index.take_ended(NOW, NOW, 1) == (("1", "early"),)
    assert await tables.order_index.take_ended(NOW, NOW, 9) == (("1", "late"),)
    assert await tables.order_index.take_ended(NOW, NOW, 9) == ()
    again = await tables.order_index.take_ended(NOW, NOW + ERASING_FOR, 9)
    assert set(again) == {("1", "early"), ("1", "late")}


async def test_what_is_erased_is_not_taken_again_however_often_it_is_noted(tables: Tables) -> None:
    ended = KnownOrder("a", NOW, NOW, has_buyer=True)
    await tables.order_index.note("1", [ended])
    await tables.order_index.erased("1", "a", NOW)
    await tables.order_index.note("1", [ended])
    assert await tables.order_index.take_ended(NOW, NOW, 9) == ()


async def test_that_a_buyer_is_kept_and_that_an_order_ended_is_remembered(tables: Tables) -> None:
    await tables.order_index.note("1", [KnownOrder("a", NOW, None, has_buyer=True)])
    await tables.order_index.note("1", [KnownOrder("a", NOW, NOW)])
    await tables.order_index.note("1", [KnownOrder("a", NOW)])
    assert await tables.order_index.take_ended(NOW, NOW, 9) == (("1", "a"),)
    await tables.order_index.ends("1", "a", None)
    assert await tables.order_index.take_ended(NOW, NOW + ERASING_FOR, 9) == ()


async def test_a_notification_is_kept_once_whoever_tells_it_when(tables: Tables) -> None:
    told = await asyncio.gather(*(tables.inbox.put(said(1), NOW) for _ in range(8)))
    assert sorted(told) == [False] * 7 + [True]
    assert await tables.inbox.waiting() == 1
    (taken,) = await tables.inbox.take(NOW, (), 10)
    assert (taken.id, taken.order_ids, taken.kind, taken.expires_at) == ("n1", ("o1", "o"), 1, NOW)


async def test_nobody_else_takes_what_is_taken_until_its_time_is_over(tables: Tables) -> None:
    for n in range(40):
        await tables.inbox.put(said(n), NOW)
    takers = await asyncio.gather(*(tables.inbox.take(NOW, (), 10) for _ in range(6)))
    ids = [one.id for taken in takers for one in taken]
    assert len(ids) == len(set(ids)) <= 40
    rest = await tables.inbox.take(NOW, (), 40)
    assert len(ids) + len(rest) == 40
    assert await tables.inbox.take(NOW + CLAIMED_FOR - SECOND, (), 10) == ()
    again = await tables.inbox.take(NOW + CLAIMED_FOR, (), 100)
    assert {one.attempts for one in again} == {2}
    assert len(again) == 40


async def test_the_oldest_come_first_and_busy_shops_wait(tables: Tables) -> None:
    for n in range(3):
        await tables.inbox.put(said(n, str(n)), NOW + n * SECOND)
    taken = await tables.inbox.take(NOW + 9 * SECOND, {"0"}, 1)
    assert [one.id for one in taken] == ["n1"]


async def test_what_is_done_is_not_taken_and_what_is_put_off_is_due_later(tables: Tables) -> None:
    for n in range(2):
        await tables.inbox.put(said(n), NOW)
    await tables.inbox.take(NOW, (), 10)
    await tables.inbox.done(["n0"], NOW)
    await tables.inbox.later(["n0", "n1"], NOW + SECOND)
    assert await tables.inbox.take(NOW, (), 10) == ()
    assert [one.id for one in await tables.inbox.take(NOW + SECOND, (), 10)] == ["n1"]


async def test_old_notifications_are_forgotten_and_then_new_again(tables: Tables) -> None:
    for n in range(3):
        await tables.inbox.put(said(n), NOW)
    await tables.inbox.done(["n0"], NOW)
    await tables.inbox.done(["n1"], NOW + 2 * SECOND)
    assert await tables.inbox.forget(NOW + SECOND) == 2
    assert await tables.inbox.put(said(0), NOW) is True
    assert await tables.inbox.put(said(1), NOW) is False

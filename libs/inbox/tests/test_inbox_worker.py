"""What came in is carried out once, key by key, and again when it could not be done."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import repeat

import pytest
from libs.inbox.tests.suite_inbox import PLAIN, Note
from structlog.testing import capture_logs

from inbox.interface import Received
from inbox.memory import MemoryInbox
from inbox.worker import TIDY_EVERY, InboxSettings, InboxWorker, PutBack
from runtime.backoff import Backoff

LIMIT_S = 2.0
KEPT_FOR = timedelta(days=3)


class WatchedInbox(MemoryInbox[Note]):
    """Says when something was done or forgotten."""

    def __init__(self) -> None:
        super().__init__(PLAIN)
        self.changed = asyncio.Event()

    async def done(self, ids: Sequence[str], now: datetime, by: str) -> int:
        self.changed.set()
        return await super().done(ids, now, by)

    async def forget(self, before: datetime) -> int:
        self.changed.set()
        return await super().forget(before)


class World:
    """An inbox and its worker; ``failing`` is raised once each, ``gate`` holds every act."""

    def __init__(self, *, together: bool = True, look_every_s: float = 60.0) -> None:
        self.now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
        self.inbox = WatchedInbox()
        self.acted: list[tuple[str, ...]] = []
        self.failing: dict[str, Exception] = {}
        self.poison: dict[str, Iterator[Exception]] = {}
        self.surprises = 0
        self.began, self.gate, self.measured = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.gate.set()
        settings = InboxSettings(
            by="test",
            failed=self.surprised,
            waits=Backoff(first=2.0, longest=900.0),
            kept_for=KEPT_FOR,
            at_a_time=500,
            look_every_s=look_every_s,
            together=together,
        )
        self.worker = InboxWorker(
            self.inbox, self.act, settings, lambda: self.now, lambda: 1.0, self.measure
        )

    async def act(self, key: str, its: Sequence[Received[Note]]) -> None:
        self.began.set()
        await self.gate.wait()
        for received in its:
            if received.id in self.failing:
                raise self.failing.pop(received.id)
            if (failure := next(self.poison.get(received.id, iter(())), None)) is not None:
                raise failure
        assert {received.key for received in its} == {key}
        self.acted.append(tuple(received.id for received in its))

    def surprised(self) -> None:
        self.surprises += 1

    async def round_after(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await self.worker.round()

    async def measure(self) -> None:
        self.measured.set()

    async def put(self, *ids: str, key: str = "1") -> None:
        for id_ in ids:
            await self.inbox.put(Note(id_, key), self.now)
            self.worker.arrived()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        task = asyncio.create_task(self.worker.run())
        try:
            async with asyncio.timeout(LIMIT_S):
                yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
                await task

    async def until_done(self, count: int) -> None:
        while sum(map(len, self.acted)) < count or await self.inbox.waiting():
            self.inbox.changed.clear()
            await self.inbox.changed.wait()


async def test_what_arrives_is_done_at_once_and_the_rest_of_its_key_gathers_meanwhile() -> None:
    world = World()
    world.gate.clear()
    async with world.running():
        await world.put("a")
        await world.began.wait()
        await world.put("b", "c")
        await world.put("d", key="2")
        await asyncio.sleep(0.01)
        world.gate.set()
        await world.until_done(4)
    assert sorted(world.acted) == [("a",), ("b", "c"), ("d",)]
    assert {kept.done_by for kept in world.inbox.kept.values()} == {"test"}


async def test_keys_are_worked_on_side_by_side() -> None:
    world = World()
    waiting = asyncio.Barrier(2)

    async def act(_: str, its: Sequence[Received[Note]]) -> None:
        await waiting.wait()

    world.worker._act = act
    await world.put("a")
    await world.put("b", key="2")
    async with asyncio.timeout(LIMIT_S):
        await world.worker.round()
    assert await world.inbox.waiting() == 0


async def test_what_cannot_be_done_now_is_due_after_growing_waits() -> None:
    world = World()
    await world.put("a")
    for wait_s in (2, 4, 8):
        world.failing["a"] = PutBack("away")
        await world.worker.round()
        await world.round_after(wait_s - 1)
        assert world.acted == []
        world.now += timedelta(seconds=1)
    await world.worker.round()
    assert world.acted == [("a",)]


async def test_it_waits_at_least_as_long_as_it_is_told_to() -> None:
    world = World()
    world.failing["a"] = PutBack("throttled", retry_after_s=90)
    await world.put("a")
    await world.worker.round()
    await world.round_after(89)
    assert world.acted == []
    await world.round_after(1)
    assert world.acted == [("a",)]


async def test_alone_what_fails_holds_up_nothing_of_its_key() -> None:
    world = World(together=False)
    world.failing["a"] = PutBack("away")
    await world.put("a", "b", "c")
    await world.worker.round()
    assert world.acted == [("b",), ("c",)]
    assert await world.inbox.waiting() == 1


async def test_a_surprise_is_one_message_s_and_holds_up_no_other() -> None:
    """Taken together they fail together; by itself the one that fails is put back, counted."""
    world = World()
    failures: Iterator[Exception] = iter([ZeroDivisionError(), ZeroDivisionError()])
    world.poison = {"b": failures}
    await world.put("a", "b", "c")
    await world.put("d", key="2")
    with capture_logs() as logs:
        await world.worker.round()
    assert sorted(world.acted) == [("a",), ("c",), ("d",)]
    assert world.surprises == 1
    (line,) = [line for line in logs if line["event"] == "webhook.surprised"]
    assert (line["id"], line["why"].partition(" in ")[0]) == ("b", "ZeroDivisionError")
    await world.round_after(2)
    assert sorted(world.acted) == [("a",), ("b",), ("c",), ("d",)]


async def test_what_surprises_for_ever_is_tried_with_growing_waits() -> None:
    world = World()
    world.poison = {"a": repeat(ZeroDivisionError())}
    await world.put("a")
    for _ in range(60):
        await world.round_after(60)
    assert 8 <= world.surprises <= 14


async def test_while_the_store_is_away_the_worker_ends_and_messages_are_taken_again() -> None:
    world = World()
    world.failing["a"] = ConnectionResetError()
    await world.put("a")
    async with world.running() as task:
        with pytest.raises(BaseExceptionGroup):
            await asyncio.shield(task)
    await world.worker.round()
    assert (world.acted, world.surprises) == ([], 0)
    world.now += PLAIN.claimed_for
    async with world.running():
        await world.until_done(1)
    assert world.acted == [("a",)]


async def test_it_looks_and_measures_without_a_hint_now_and_then() -> None:
    world = World(look_every_s=0.001)
    async with world.running():
        await world.measured.wait()
        world.measured.clear()
        await world.measured.wait()
        await world.inbox.put(Note("a", "1"), world.now)
        await world.until_done(1)


async def test_it_measures_although_something_arrives_all_the_time() -> None:
    world = World(look_every_s=5.0)
    async with world.running():
        await world.measured.wait()
        world.measured.clear()
        for n in range(5):
            await world.put(str(n))
            await world.until_done(n + 1)
            assert not world.measured.is_set()
            world.now += timedelta(seconds=1)
        await world.put("5")
        await world.measured.wait()


async def test_every_hour_what_was_done_long_ago_is_forgotten() -> None:
    world = World(look_every_s=0.001)
    await world.put("a")
    async with world.running():
        await world.until_done(1)
        world.now += KEPT_FOR
        await asyncio.sleep(0.01)
        assert len(world.inbox.kept) == 1
        world.now += TIDY_EVERY
        world.inbox.changed.clear()
        await world.inbox.changed.wait()
        assert not world.inbox.kept

"""Callers that append at the same time share a transaction; nobody pays for another's fault."""

import asyncio
from collections.abc import Sequence

import pytest
from libs.eventstore.tests.suite_eventstore import decision, fact

from eventstore.postgres import shared_appends
from eventstore.store import Append, Appended, AppendResult
from runtime.batcher import Batcher


class Flushes:
    """A flush that waits at a gate and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[Append]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.fails: list[Exception | None] = []
        self.forgets = 0

    async def __call__(self, commands: Sequence[Append]) -> Sequence[AppendResult]:
        self.batches.append(list(commands))
        self.begun.set()
        await self.gate.wait()
        error = self.fails.pop(0) if self.fails else None
        if error is not None:
            raise error
        forgotten, self.forgets = self.forgets, 0
        return [Appended(n, n) for n in range(len(commands) - forgotten)]


@pytest.fixture
async def flushes() -> Flushes:
    return Flushes()


async def one_under_way(
    flushes: Flushes, appends: Batcher[Append, AppendResult]
) -> "asyncio.Task[tuple[AppendResult, ...]]":
    flushes.gate.clear()
    first = asyncio.create_task(appends.add_all([decision("first", 0, "first")]))
    await flushes.begun.wait()
    return first


def streams(batch: Sequence[Append]) -> list[str]:
    return [command.stream for command in batch]


async def test_a_lone_caller_waits_for_nobody(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    for n in range(3):
        await appends.add_all([decision(f"s{n}", 0, f"a{n}")])
    assert [len(batch) for batch in flushes.batches] == [1, 1, 1]


async def test_callers_during_a_flush_share_the_next(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    others = [
        asyncio.create_task(appends.add_all([decision(f"s{n}", 0, f"a{n}")])) for n in range(32)
    ]
    await asyncio.sleep(0)
    flushes.gate.set()
    outcomes = await asyncio.gather(first, *others)
    assert [len(batch) for batch in flushes.batches] == [1, 32]
    assert outcomes[1:] == [(Appended(n, n),) for n in range(32)]


async def test_two_commands_of_one_stream_are_never_in_one_flush(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    commands = [
        decision("x", 0, "a"),
        decision("y", 0, "b"),
        decision("x", 1, "c"),
        decision("x", 2, "d"),
        decision("y", 1, "e"),
    ]
    await appends.add_all(commands)
    assert [streams(batch) for batch in flushes.batches] == [["x", "y"], ["x", "y"], ["x"]]
    assert [c for batch in flushes.batches for c in batch if c.stream == "x"] == [
        commands[0],
        commands[2],
        commands[3],
    ]


async def test_one_id_for_two_streams_is_never_in_one_flush(flushes: Flushes) -> None:
    await shared_appends(flushes).add_all([fact("x", "same"), fact("y", "same")])
    assert [streams(batch) for batch in flushes.batches] == [["x"], ["y"]]


async def test_a_command_that_waits_for_an_id_is_not_overtaken_in_its_stream(
    flushes: Flushes,
) -> None:
    await shared_appends(flushes).add_all(
        [fact("x", "same"), fact("y", "same"), fact("y", "later")]
    )
    assert [streams(batch) for batch in flushes.batches] == [["x"], ["y"], ["y"]]


async def test_a_flush_holds_no_more_events_than_allowed(flushes: Flushes) -> None:
    appends = shared_appends(flushes, max_events=4)
    await appends.add_all([decision(f"s{n}", 0, f"a{n}", f"b{n}") for n in range(5)])
    assert [len(batch) for batch in flushes.batches] == [2, 2, 1]


async def test_a_command_larger_than_a_flush_still_goes(flushes: Flushes) -> None:
    appends = shared_appends(flushes, max_events=2)
    assert len(await appends.add_all([decision("s", 0, *"abcde")])) == 1


async def test_a_cancelled_caller_leaves_the_others_alone(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    cancelled = asyncio.create_task(appends.add_all([decision("x", 0, "a")]))
    patient = asyncio.create_task(appends.add_all([decision("y", 0, "b")]))
    await asyncio.sleep(0)
    cancelled.cancel()
    first.cancel()
    await asyncio.sleep(0)
    flushes.gate.set()
    async with asyncio.timeout(10):
        assert len(await patient) == 1
        assert cancelled.cancelled()
        assert await appends.add_all([decision("z", 0, "c")])


async def test_a_flush_that_fails_fails_its_own_callers_only(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    second = asyncio.create_task(appends.add_all([decision("x", 0, "a")]))
    await asyncio.sleep(0)
    flushes.fails = [ConnectionError("away")]
    flushes.gate.set()
    with pytest.raises(ConnectionError, match="away"):
        await first
    assert len(await second) == 1


async def test_every_caller_of_a_failed_flush_hears_of_it(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    both = [asyncio.create_task(appends.add_all([decision(f"s{n}", 0, f"a{n}")])) for n in range(2)]
    await asyncio.sleep(0)
    flushes.fails = [None, ConnectionError("away")]
    flushes.gate.set()
    await first
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]


async def test_an_answer_too_short_is_an_error_and_nobody_waits_for_ever(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    flushes.forgets = 1
    async with asyncio.timeout(10):
        with pytest.raises(ValueError, match="shorter"):
            await appends.add_all([decision("x", 0, "a"), decision("y", 0, "b")])
        assert await appends.add_all([decision("z", 0, "c")])


async def test_closing_waits_for_what_is_under_way_and_what_gathered(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    second = asyncio.create_task(appends.add_all([decision("x", 0, "a")]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(appends.close())
    await asyncio.sleep(0)
    assert not closing.done()
    flushes.gate.set()
    await closing
    assert first.done() or await first
    assert await second
    assert len(flushes.batches) == 2


async def test_closing_an_idle_store_returns_at_once(flushes: Flushes) -> None:
    async with asyncio.timeout(10):
        await shared_appends(flushes).close()


async def test_a_flush_that_is_cancelled_fails_all_who_wait(flushes: Flushes) -> None:
    appends = shared_appends(flushes)
    first = await one_under_way(flushes, appends)
    gathered = asyncio.create_task(appends.add_all([decision("x", 0, "a")]))
    await asyncio.sleep(0)
    assert appends._asking is not None
    appends._asking.cancel()
    async with asyncio.timeout(10):
        results = await asyncio.gather(first, gathered, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    flushes.gate.set()
    assert await appends.add_all([decision("y", 0, "b")])

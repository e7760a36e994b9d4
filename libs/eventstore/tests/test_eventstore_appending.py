"""Callers that append at the same time share a transaction; nobody pays for another's fault."""

import asyncio
from collections.abc import Sequence

import pytest
from libs.eventstore.tests.suite_eventstore import decision, fact

from eventstore.postgres import shared_appends
from eventstore.store import Append, Appended, AppendResult


class Flushes:
    """A flush that waits at a gate and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[Append]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.begun = asyncio.Event()
        self.fails: list[Exception | None] = []
        self.forgets = 0
        self.appends = shared_appends(self)

    async def __call__(self, commands: Sequence[Append]) -> Sequence[AppendResult]:
        self.batches.append(list(commands))
        self.begun.set()
        await self.gate.wait()
        error = self.fails.pop(0) if self.fails else None
        if error is not None:
            raise error
        forgotten, self.forgets = self.forgets, 0
        return [Appended(n, n) for n in range(len(commands) - forgotten)]

    def adding(self, stream: str, *names: str) -> "asyncio.Task[tuple[AppendResult, ...]]":
        return asyncio.create_task(self.appends.add_all([decision(stream, 0, *names)]))

    async def one_under_way(self) -> "asyncio.Task[tuple[AppendResult, ...]]":
        self.gate.clear()
        first = self.adding("first", "first")
        await self.begun.wait()
        return first


@pytest.fixture
async def flushes() -> Flushes:
    return Flushes()


def streams(batch: Sequence[Append]) -> list[str]:
    return [command.stream for command in batch]


async def test_a_lone_caller_waits_for_nobody(flushes: Flushes) -> None:
    for n in range(3):
        await flushes.appends.add_all([decision(f"s{n}", 0, f"a{n}")])
    assert [len(batch) for batch in flushes.batches] == [1, 1, 1]


async def test_callers_during_a_flush_share_the_next(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    others = [flushes.adding(f"s{n}", f"a{n}") for n in range(32)]
    await asyncio.sleep(0)
    flushes.gate.set()
    outcomes = await asyncio.gather(first, *others)
    assert [len(batch) for batch in flushes.batches] == [1, 32]
    assert outcomes[1:] == [(Appended(n, n),) for n in range(32)]


async def test_two_commands_of_one_stream_are_never_in_one_flush(flushes: Flushes) -> None:
    first, second, third = (decision("x", n, f"a{n}") for n in range(3))
    commands = [first, decision("y", 0, "b"), second, third, decision("y", 1, "e")]
    await flushes.appends.add_all(commands)
    assert [streams(batch) for batch in flushes.batches] == [["x", "y"], ["x", "y"], ["x"]]
    of_x = [command for batch in flushes.batches for command in batch if command.stream == "x"]
    assert of_x == [first, second, third]


async def test_one_id_for_two_streams_is_never_in_one_flush(flushes: Flushes) -> None:
    await flushes.appends.add_all([fact("x", "same"), fact("y", "same")])
    assert [streams(batch) for batch in flushes.batches] == [["x"], ["y"]]


async def test_a_command_that_waits_for_an_id_is_not_overtaken_in_its_stream(
    flushes: Flushes,
) -> None:
    await flushes.appends.add_all([fact("x", "same"), fact("y", "same"), fact("y", "later")])
    assert [streams(batch) for batch in flushes.batches] == [["x"], ["y"], ["y"]]


async def test_a_flush_holds_no_more_events_than_allowed(flushes: Flushes) -> None:
    appends = shared_appends(flushes, max_events=4)
    await appends.add_all([decision(f"s{n}", 0, f"a{n}", f"b{n}") for n in range(5)])
    assert [len(batch) for batch in flushes.batches] == [2, 2, 1]


async def test_a_command_larger_than_a_flush_still_goes(flushes: Flushes) -> None:
    appends = shared_appends(flushes, max_events=2)
    assert len(await appends.add_all([decision("s", 0, *"abcde")])) == 1


async def test_a_cancelled_caller_leaves_the_others_alone(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    cancelled = flushes.adding("x", "a")
    patient = flushes.adding("y", "b")
    await asyncio.sleep(0)
    cancelled.cancel()
    first.cancel()
    await asyncio.sleep(0)
    flushes.gate.set()
    async with asyncio.timeout(10):
        assert len(await patient) == 1
        assert cancelled.cancelled()
        assert await flushes.appends.add_all([decision("z", 0, "c")])


async def test_a_flush_that_fails_fails_its_own_callers_only(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    second = flushes.adding("x", "a")
    await asyncio.sleep(0)
    flushes.fails = [ConnectionError("away")]
    flushes.gate.set()
    with pytest.raises(ConnectionError, match="away"):
        await first
    assert len(await second) == 1


async def test_every_caller_of_a_failed_flush_hears_of_it(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    both = [flushes.adding(f"s{n}", f"a{n}") for n in range(2)]
    await asyncio.sleep(0)
    flushes.fails = [None, ConnectionError("away")]
    flushes.gate.set()
    await first
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]


async def test_an_answer_too_short_is_an_error_and_nobody_waits_for_ever(flushes: Flushes) -> None:
    flushes.forgets = 1
    async with asyncio.timeout(10):
        with pytest.raises(ValueError, match="shorter"):
            await flushes.appends.add_all([decision("x", 0, "a"), decision("y", 0, "b")])
        assert await flushes.appends.add_all([decision("z", 0, "c")])


async def test_closing_waits_for_what_is_under_way_and_what_gathered(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    second = flushes.adding("x", "a")
    await asyncio.sleep(0)
    closing = asyncio.create_task(flushes.appends.close())
    await asyncio.sleep(0)
    assert not closing.done()
    flushes.gate.set()
    await closing
    assert first.done() or await first
    assert await second
    assert len(flushes.batches) == 2


async def test_closing_an_idle_store_returns_at_once(flushes: Flushes) -> None:
    async with asyncio.timeout(10):
        await flushes.appends.close()


async def test_a_flush_that_is_cancelled_fails_all_who_wait(flushes: Flushes) -> None:
    first = await flushes.one_under_way()
    gathered = flushes.adding("x", "a")
    await asyncio.sleep(0)
    assert flushes.appends._asking is not None
    flushes.appends._asking.cancel()
    async with asyncio.timeout(10):
        results = await asyncio.gather(first, gathered, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError]
    flushes.gate.set()
    assert await flushes.appends.add_all([decision("y", 0, "b")])

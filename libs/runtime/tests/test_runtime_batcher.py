"""Calls that come while one is under way are made together, and each gets its own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from runtime.batcher import Batcher


class Server:
    """Says of each number whether it is odd, one batch at a time, when the gate is open."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began, self.gate = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None

    async def ask(self, numbers: Sequence[int]) -> Sequence[bool]:
        self.batches.append(list(numbers))
        self.began.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return [number % 2 == 1 for number in numbers]


async def test_what_comes_during_a_call_makes_the_next_batch() -> None:
    server = Server()
    gathered = Batcher(server.ask)
    first = asyncio.create_task(gathered.add(1))
    await server.began.wait()
    others = [asyncio.create_task(gathered.add(number)) for number in (2, 3, 5)]
    await asyncio.sleep(0)
    server.gate.set()
    assert await asyncio.gather(first, *others) == [True, False, True, True]
    assert server.batches == [[1], [2, 3, 5]]


async def test_a_batch_is_no_larger_than_it_may_be() -> None:
    server = Server()
    server.gate.set()
    gathered = Batcher(server.ask, most=2)
    are_odd = await asyncio.gather(*(gathered.add(number) for number in range(5)))
    assert are_odd == [False, True, False, True, False]
    assert server.batches == [[0, 1], [2, 3], [4]]


async def test_a_failure_is_told_to_every_caller_and_the_next_one_tries_again() -> None:
    server = Server()
    gathered = Batcher(server.ask)
    server.gate.set()
    server.failure = ConnectionError()
    told = await asyncio.gather(*(gathered.add(n) for n in (1, 3)), return_exceptions=True)
    assert [type(each) for each in told] == [ConnectionError, ConnectionError]
    server.failure = None
    assert await gathered.add(1)


async def test_an_answer_too_few_is_an_error_for_every_caller() -> None:
    async def ask(_: Sequence[int]) -> Sequence[bool]:
        return [True]

    gathered = Batcher(ask)
    told = await asyncio.gather(*(gathered.add(n) for n in (1, 3)), return_exceptions=True)
    assert [type(each) for each in told] == [ValueError, ValueError]


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    server = Server()
    gathered = Batcher(server.ask)
    calls = [asyncio.create_task(gathered.add(number)) for number in (1, 3)]
    await server.began.wait()
    calls[0].cancel()
    server.gate.set()
    assert await calls[1]
    with pytest.raises(asyncio.CancelledError):
        await calls[0]

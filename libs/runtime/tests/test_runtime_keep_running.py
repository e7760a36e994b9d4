"""What passes is waited out; anything else ends the process."""

import asyncio
from collections.abc import Callable
from functools import partial

import asyncpg
import pytest
from structlog.testing import capture_logs

from runtime import keep_running as module
from runtime.backoff import Backoff
from runtime.keep_running import passes
from runtime.passing import Passing
from runtime.publisher import NotPublished
from runtime.session import LeaseLost

keep_running = partial(
    module.keep_running,
    backoff=Backoff(first=0.0, longest=0.0),
    chance=lambda: 0.0,
    clock=lambda: 0.0,
)


class Overtaken(Exception):
    """What a service may add to what passes."""


def failing(*faults: Exception) -> Callable[[], "asyncio.Future[None]"]:
    left = list(faults)

    async def task() -> None:
        if left:
            raise left.pop(0)

    return lambda: asyncio.ensure_future(task())


@pytest.mark.parametrize(
    "fault",
    [
        LeaseLost(),
        Passing(),
        NotPublished(),
        ConnectionRefusedError(),
        asyncpg.CannotConnectNowError("starting"),
        ExceptionGroup("two", [LeaseLost(), NotPublished()]),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_fault_that_passes_is_tried_again(fault: Exception) -> None:
    await keep_running("work", failing(fault, fault))


async def test_a_task_that_returns_is_done() -> None:
    calls = 0

    async def once() -> None:
        nonlocal calls
        calls += 1

    await keep_running("work", once)
    assert calls == 1


@pytest.mark.parametrize(
    "fault",
    [LookupError("a bug"), ExceptionGroup("mixed", [LeaseLost(), LookupError("a bug")])],
    ids=["alone", "among others"],
)
async def test_a_surprise_is_raised(fault: Exception) -> None:
    with pytest.raises(type(fault)):
        await keep_running("work", failing(fault))


async def test_a_service_says_what_else_passes() -> None:
    with pytest.raises(Overtaken):
        await keep_running("work", failing(Overtaken()))
    await keep_running("work", failing(Overtaken()), also=(Overtaken,))
    assert passes(ExceptionGroup("both", [Overtaken(), LeaseLost()]), (Overtaken,))


async def test_waits_grow_until_a_run_lasted_long() -> None:
    times = iter([0.0, 1.0, 1.0, 2.0, 2.0, 90.0, 90.0])
    faults = [LeaseLost() for _ in range(3)]
    with capture_logs() as logs:
        await keep_running("work", failing(*faults), clock=lambda: next(times))
    assert [entry["failures"] for entry in logs] == [1, 2, 1]


async def test_being_cancelled_is_no_fault() -> None:
    running = asyncio.create_task(keep_running("work", asyncio.Event().wait))  # type: ignore[arg-type]  # what it returns does not matter
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_the_log_names_every_fault_and_no_text() -> None:
    fault = ExceptionGroup("two", [LeaseLost("planted text"), NotPublished("planted text")])
    with capture_logs() as logs:
        await keep_running("work", failing(fault))
    assert logs[0]["error"] == "LeaseLost,NotPublished"
    assert "planted" not in str(logs)

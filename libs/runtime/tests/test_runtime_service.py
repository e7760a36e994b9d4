"""A service stops when asked, fails when a task fails, and says which."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from structlog.testing import capture_logs

from runtime import service
from runtime.settings import Settings

SETTINGS = Settings(kafka_bootstrap="127.0.0.1:1", database_url=SecretStr("postgresql://x"))


class Worker:
    """Runs until cancelled, then finishes what it has in hand."""

    def __init__(self) -> None:
        self.finished = False

    async def __call__(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.finished = True


async def serve(**tasks: Callable[[], Coroutine[None, None, None]]) -> int:
    return await service.serve(SETTINGS, tasks, CollectorRegistry())


async def soon(function: Callable[[], None]) -> None:
    await asyncio.sleep(0)
    function()
    await asyncio.Event().wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_every_task_finish_and_the_code_is_0(number: signal.Signals) -> None:
    worker = Worker()

    async def asks_to_stop() -> None:
        await soon(lambda: os.kill(os.getpid(), number))

    assert await serve(work=worker, stop=asks_to_stop) == 0
    assert worker.finished


async def test_a_task_that_fails_stops_the_others_and_the_code_is_1() -> None:
    worker = Worker()

    async def fails() -> None:
        raise LookupError("planted@buyer.example")

    with capture_logs() as logged:
        assert await serve(work=worker, relay=fails) == 1
    assert worker.finished
    assert {"event": "service.task_failed", "task": "relay"}.items() <= logged[1].items()


async def test_a_task_that_ends_by_itself_is_a_failure() -> None:
    async def ends() -> None:
        return

    with capture_logs() as logged:
        assert await serve(relay=ends) == 1
    assert "service.task_ended" in [line["event"] for line in logged]


async def test_a_task_that_fails_while_it_stops_makes_the_code_1() -> None:
    async def fails_at_the_end() -> None:
        try:
            await soon(lambda: os.kill(os.getpid(), signal.SIGTERM))
        finally:
            raise LookupError

    assert await serve(relay=fails_at_the_end) == 1


async def test_a_task_that_does_not_stop_in_time_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(service, "STOP_LIMIT_S", 0.01)
    monkeypatch.setattr(os, "_exit", ended.append)

    async def stubborn() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        while not ended:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.005)

    with contextlib.suppress(asyncio.InvalidStateError):  # in earnest nothing follows the end
        await serve(stubborn=stubborn)
    assert ended == [1]


@pytest.mark.parametrize("code", [0, 3])
def test_the_process_ends_with_the_code_of_its_main(code: int) -> None:
    async def main() -> int:
        return code

    with pytest.raises(SystemExit) as end:
        service.run(main)
    assert end.value.code == code


def test_a_main_that_fails_ends_the_process_with_code_1_and_says_so() -> None:
    async def main() -> int:
        raise LookupError

    with capture_logs() as logged, pytest.raises(SystemExit) as end:
        service.run(main)
    assert end.value.code == 1
    assert [line["event"] for line in logged] == ["service.failed"]

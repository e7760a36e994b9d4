"""The writers' processes: started, started again when they die, continued when they stand still."""

import asyncio
import contextlib
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from tests.campaign.settings import CALM, WriterSetup

AllDone = Callable[[], Awaitable[bool]]
"""Whether nothing is left to do."""


@dataclass
class Crew:
    """``paused_s``: how long a stopped writer stands still, from and to. ``only_first``: only one
    writer meets bad luck, and the others come when it stands still: the queue is not empty by then.
    It stands until ``all_done``, however long the others take on a busy machine.
    """

    setup: WriterSetup
    size: int
    dice: random.Random
    paused_s: tuple[float, float] = (2.5, 4.5)
    only_first: bool = False
    all_done: AllDone | None = None
    kills: int = 0
    stops: int = 0
    standing: int = 0
    output: list[str] = field(default_factory=list)
    _first_stop: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)

    @asynccontextmanager
    async def at_work(self) -> "AsyncIterator[Crew]":
        """All of them, until the block ends; then none is left."""
        self._tasks = [asyncio.create_task(self._keep(number)) for number in range(self.size)]
        try:
            yield self
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def check(self) -> None:
        """Raises what went wrong with the crew itself."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def _keep(self, number: int) -> None:
        if self.only_first and number > 0:
            await self._first_stop.wait()
        while True:
            setup = replace(self.setup, number=number, seed=self.dice.randrange(2**31))
            if self.only_first and number > 0:
                setup = replace(setup, chances=CALM)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.campaign.writer", setup.to_json()),
                stdout=PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                await self._watch(process)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            if process.returncode != -signal.SIGKILL:
                raise AssertionError("a writer ended by itself:\n" + "".join(self.output[-40:]))
            self.kills += 1

    async def _watch(self, process: Process) -> None:
        """Continue it when it says that it stops; back when it is dead."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.startswith(b"stopped at "):
                self.stops += 1
                self.standing += 1
                self._first_stop.set()
                await self._stand_still()
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                self.standing -= 1
            else:
                self.output.append(line.decode())
        await process.wait()

    async def _stand_still(self) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(*self.paused_s))
            if self.all_done is None or await self.all_done():
                return

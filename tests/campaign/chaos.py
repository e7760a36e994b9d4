"""Bad luck at every step of a writer, by dice: killed, paused by the system, or slow."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Mapping

from tests.campaign.settings import Chances

from jobs import Job, JobStore
from shopify.answers import Answer
from shopify.body import Guard
from shopify.calls import Calls
from shopify_writer.creation.recording import Known, Record

NAP_S = 3.0


class Dice:
    """Decides at each step, the same for the same seed and order of steps."""

    def __init__(self, seed: int, chances: Chances, only_at: str) -> None:
        self._random = random.Random(seed)
        self._chances = chances
        self._only_at = only_at

    def strike(self, step: str) -> None:
        """Perhaps the process ends or stands still here; whoever stopped is continued by others."""
        if self._only_at not in {"", step}:
            return
        rolled = self._random.random()
        if rolled < self._chances.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        elif rolled < self._chances.kill + self._chances.stop:
            sys.stdout.write(f"stopped at {step}\n")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGSTOP)

    async def step(self, step: str) -> None:
        """The same, or a long wait."""
        self.strike(step)
        if self._only_at in {"", step} and self._random.random() < self._chances.nap:
            await asyncio.sleep(NAP_S)


class StruckCalls:
    """Shopify, with strikes before a call, as its bytes go, and after its answer."""

    def __init__(self, calls: Calls, dice: Dice) -> None:
        self._calls = calls
        self._dice = dice

    async def execute(
        self,
        store: str,
        what: str,
        variables: Mapping[str, object],
        *,
        guard: Guard | None = None,
    ) -> Answer:
        """See ``Calls.execute``."""

        def struck() -> None:
            self._dice.strike(f"bytes of {what}")
            if guard is not None:
                guard()

        await self._dice.step("call")
        answer = await self._calls.execute(store, what, variables, guard=struck)
        await self._dice.step("answer")
        return answer


class StruckRecord(Record):
    """The event store, with strikes before and after what is written."""

    def __init__(self, record: Record, dice: Dice) -> None:
        self._inner = record
        self._dice = dice

    async def read(self, stream: str) -> Known:
        """See ``Record.read``."""
        return await self._inner.read(stream)

    async def decided(self, known, decision, cause):  # type: ignore[no-untyped-def]  # as Record
        """See ``Record.decided``."""
        await self._dice.step("before decision")
        done = await self._inner.decided(known, decision, cause)
        await self._dice.step("after decision")
        return done

    async def created(self, known, created):  # type: ignore[no-untyped-def]  # as Record
        """See ``Record.created``."""
        await self._dice.step("before created")
        done = await self._inner.created(known, created)
        await self._dice.step("after created")
        return done

    async def failed(self, known, failed, job_id):  # type: ignore[no-untyped-def]  # as Record
        """See ``Record.failed``."""
        await self._dice.step("before failed")
        await self._inner.failed(known, failed, job_id)


def struck_effects(job_store: JobStore, dice: Dice) -> JobStore:
    """The store of jobs, with a strike before and after a request is announced."""
    announce = job_store.sending

    async def sending(job: Job) -> None:
        await dice.step("before sending")
        await announce(job)
        await dice.step("after sending")

    job_store.sending = sending  # type: ignore[method-assign]  # this instance only
    return job_store

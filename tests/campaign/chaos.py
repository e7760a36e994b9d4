"""Bad luck at every step of a writer, by dice: killed, paused by the system, or slow."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.campaign.settings import Chances

from eventstore.store import Append, AppendResult, EventStore
from jobs.interface import JobStore
from jobs.job import Job
from shopify.answers import Answer
from shopify.body import Guard
from shopify.calls import Calls

NAP_S = 3.0
STEPS = {
    "ShopifyOrderRequested": "decision",
    "ShopifyOrderCreated": "created",
    "ShopifyOrderFailed": "failed",
}
"""The steps of an attempt that are appended, by event."""


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
        self, store: str, what: str, variables: Mapping[str, object], *, guard: Guard | None = None
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


class StruckStore:
    """The event store, with strikes before and after what one order's attempts append."""

    def __init__(self, store: EventStore, dice: Dice) -> None:
        self._store = store
        self._dice = dice

    def __getattr__(self, name: str) -> Any:
        """Whatever only reads."""
        return getattr(self._store, name)

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """See ``EventStore.append``."""
        names = [new.event.type_name() for command in commands for new in command.events]
        steps = [STEPS[name] for name in names if name in STEPS]
        for step in steps:
            await self._dice.step(f"before {step}")
        outcomes = await self._store.append(commands)
        for step in steps:
            await self._dice.step(f"after {step}")
        return outcomes


def struck_jobs(job_store: JobStore, dice: Dice) -> JobStore:
    """The store of jobs, with a strike after a claim, and before and after an announcement."""
    hand_over, announce = job_store.claim, job_store.sending

    async def claim(owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        claimed = await hand_over(owner_id, kinds, limit)
        if claimed:
            await dice.step("after claim")
        return claimed

    async def sending(job: Job) -> None:
        await dice.step("before sending")
        await announce(job)
        await dice.step("after sending")

    job_store.claim = claim  # type: ignore[method-assign]  # this instance only
    job_store.sending = sending  # type: ignore[method-assign]  # this instance only
    return job_store

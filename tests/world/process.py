"""One process of a service in a world: it hears, it works, it dies and begins anew."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from tests.world.faults import Crash
from tests.world.services import BUILDS

from jobs.job import Job
from jobs.outcomes import Outcome, settle
from jobs.owner import Owner
from runtime.session import LeaseLost

if TYPE_CHECKING:
    from tests.world.world import World


class Process:
    """What it keeps in memory is gone when it crashes; what it goes on from is the world's."""

    def __init__(self, world: "World", name: str) -> None:
        self._world = world
        self._name = name
        self._owned = AsyncExitStack()
        self.owner: Owner
        self.service = BUILDS[name](world)

    async def start(self) -> None:
        """It begins, and recovers what a process before it left."""
        self.service = BUILDS[self._name](self._world)
        opened = self._world.job_store.open_owner(self._world.new_id, clock=self._world.clock.lease)
        self.owner = await self._owned.enter_async_context(opened)
        await self._world.job_store.recover()

    async def stop(self) -> None:
        """It is gone: its session ends, its jobs are nobody's."""
        await self._owned.aclose()
        self._owned = AsyncExitStack()

    async def restart(self) -> None:
        """It dies and another begins."""
        await self.stop()
        await self.start()

    async def hear(self) -> bool:
        """The records since its group's last commit are handled and committed.

        Whether there were any; what is recorded meanwhile comes the next time.
        """
        on_records = self.service.on_records
        if on_records is None:
            return False
        await self._world.relay()
        wakeups = self._world.kafka.poll(self._name)
        try:
            if wakeups:
                await on_records(wakeups)
        except Crash:
            await self.restart()
        else:
            self._world.kafka.commit(self._name)
        return bool(wakeups)

    async def work(self) -> list[Outcome]:
        """Carry out every job that is due now, once; what became of those that ended."""
        claimed = await self._world.job_store.claim(self.owner.id, self.service.kinds, 50)
        return [outcome for job in claimed if (outcome := await self._perform(job)) is not None]

    async def _perform(self, job: Job) -> Outcome | None:
        """None when the process died or lost its lease over it."""
        if self.service.perform is None:
            raise LookupError(f"{self._name} carries out no jobs")
        try:
            outcome = await self.service.perform(job, self.owner.lease)
        except LeaseLost:
            return None
        except Crash:
            await self.restart()
            return None
        await settle(self._world.job_store, job, outcome)
        return outcome

    async def take_turn(self) -> None:
        """It hears, does one round of everything it repeats, and works."""
        await self.hear()
        await self.round()
        await self.work()

    async def round(self, task: str | None = None) -> None:
        """One round of what this task repeats, or of every task."""
        rounds = self.service.rounds
        for name in [task] if task else rounds:
            try:
                await rounds[name]()
            except Crash:
                await self.restart()
                return

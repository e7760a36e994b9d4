"""A job begins only when the store's budget has room for all its calls.

So nothing waits between a recorded intent and its call, and a store that is at its limit holds up
neither the workers nor another store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from connections.budgeted import BudgetedShopify
from jobs.budget import Budget
from jobs.budget_queue import NotNow
from jobs.job import Job
from jobs.outcomes import Outcome, Retry
from jobs.worker import Perform
from runtime.clock import Clock
from runtime.randomness import Chance
from runtime.session import Lease

_SPREAD_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Admission:
    """Has jobs that create orders performed (``admitted``), within the budgets of their stores.

    ``documents``: the calls that a job makes.
    """

    admitted: Perform
    documents: Sequence[str]
    shopify: BudgetedShopify
    budget: Budget
    clock: Clock
    chance: Chance

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Perform it when there is room; else it, and its kind in the store, wait until then."""
        if job.in_doubt:  # looks up, at a point a time
            return await self.admitted(job, lease)
        places = self.shopify.admitted(job.store, job.lane, self.documents, creates_order=True)
        try:
            async with places:
                return await self.admitted(job, lease)
        except NotNow as full:
            until = self.clock() + timedelta(seconds=full.wait_s)
            await self.budget.hold(job.store, job.kind, until)
            return Retry(until + timedelta(seconds=self.chance() * _SPREAD_S), "throttled")

"""A job begins only when the store's budget has room for all its calls.

So nothing waits between the recorded intent and the create, and a store that is at its limit holds
up neither the workers nor another store.
"""

from datetime import timedelta
from typing import Final

from connections.budgeted import BudgetedShopify
from jobs import Budget, Job, NotNow, Outcome, Perform, Retry
from runtime.clock import Clock
from runtime.randomness import Chance, system_chance
from runtime.session import Lease
from shopify_writer.creation.intake import CREATE_ORDER

CALLS: Final = ("order_find_by_custom_id", "order_create")
_SPREAD_S: Final = 0.5


class Admission:
    """Performs jobs within the budgets of their stores."""

    def __init__(
        self,
        perform: Perform,
        shopify: BudgetedShopify,
        budget: Budget,
        clock: Clock,
        chance: Chance = system_chance,
    ) -> None:
        self._perform = perform
        self._shopify = shopify
        self._budget = budget
        self._clock = clock
        self._chance = chance

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Perform it when there is room; else it, and all others of its store, wait until then."""
        if job.in_doubt:  # looks up, at a point a time
            return await self._perform(job, lease)
        try:
            async with self._shopify.admitted(job.store, job.lane, CALLS, creates_order=True):
                return await self._perform(job, lease)
        except NotNow as full:
            until = self._clock() + timedelta(seconds=full.wait_s)
            await self._budget.hold(job.store, CREATE_ORDER, until)
            return Retry(until + timedelta(seconds=self._chance() * _SPREAD_S), "throttled")

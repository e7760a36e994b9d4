"""Everything that outlives a process, in memory: the events, the jobs, the vault, every table."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.memory import MemoryRows
from console.orders.bulk_runs import MemoryBulkRuns
from eventstore.marks import MemoryMarks
from eventstore.memory import MemoryEventStore
from eventstore.store import Append, AppendResult
from fetcher.memory import MemoryCheckpoints, MemoryOrderIndex
from fetcher.webhooks.inbox import LAYOUT as NOTIFICATIONS
from inbox.memory import MemoryInbox
from jobs.budget_stores import MemoryBudget
from jobs.memory import MemoryJobs
from mapper.memory import MemoryTables
from mapper.memory_catalogues import MemoryCatalogues
from ordersync_contracts.envelope import Recorded
from relay.memory import Published
from shopify.webhooks import Webhook
from shopify_writer.adoption.kept_orders import MemoryKeptOrders
from shopify_writer.readback import checkpoints as read_back
from shopify_writer.reconciliation.turns import MemoryTurns
from shopify_writer.webhooks.inbox import LAYOUT as WEBHOOKS
from tiktok.webhooks import Notification
from vault.keys import MasterKeys
from vault.memory import MemoryVault

KEYS: Final = MasterKeys({"k1": bytes(range(32))}, "k1")
Clock = Callable[[], datetime]


def _unheard(_: Recorded) -> None:
    """Nobody listens yet."""


class ToldEventStore(MemoryEventStore):
    """``told`` hears of every event that is appended; ``count``: how many there are."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.count = 0
        self.told: Callable[[Recorded], object] = _unheard

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """See ``EventStore.append``."""
        before = self.count
        outcomes = await super().append(commands)
        new = await self.read_after(before, 100_000)
        self.count = before + len(new)
        for recorded in new:
            self.told(recorded)
        return outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """One database, and the clock that it has."""

    events: "ToldEventStore"
    vault: MemoryVault
    budget: MemoryBudget
    jobs: MemoryJobs
    marks: MemoryMarks
    notifications: MemoryInbox[Notification]
    webhooks: MemoryInbox[Webhook]
    checkpoints: MemoryCheckpoints
    order_index: MemoryOrderIndex
    waiting: MemoryTables
    catalogues: MemoryCatalogues
    kept_orders: MemoryKeptOrders
    read_back: read_back.MemoryCheckpoints
    turns: MemoryTurns
    published: Published
    rows: MemoryRows
    bulk_runs: MemoryBulkRuns

    @classmethod
    def empty(
        cls,
        clock: Clock,
        monotonic: Callable[[], float],
        dice: random.Random,
        holder: Callable[[], object],
    ) -> "Stores":
        """Nothing in any of them; ``clock`` is the database's, ``holder`` says who calls."""
        budget, waiting = MemoryBudget(monotonic), MemoryTables(clock)
        return cls(
            events=ToldEventStore(clock),
            vault=MemoryVault(KEYS, clock, dice.randbytes, holder=holder),
            budget=budget,
            jobs=MemoryJobs(clock, budget),
            marks=MemoryMarks(clock),
            notifications=MemoryInbox(NOTIFICATIONS),
            webhooks=MemoryInbox(WEBHOOKS),
            checkpoints=MemoryCheckpoints(),
            order_index=MemoryOrderIndex(),
            waiting=waiting,
            catalogues=MemoryCatalogues(clock, waiting.releases),
            kept_orders=MemoryKeptOrders(),
            read_back=read_back.MemoryCheckpoints(),
            turns=MemoryTurns(),
            published=Published(),
            rows=MemoryRows(),
            bulk_runs=MemoryBulkRuns(clock),
        )

    def left(self) -> dict[str, int]:
        """By what it is, how much there is to do, and how much waits for somebody."""
        jobs = {f"jobs.{state}": number for state, number in self.jobs.by_state().items()}
        jobs.pop("jobs.done", None)
        return {
            **dict(sorted(jobs.items())),
            "inbox.tiktok": sum(kept.done_at is None for kept in self.notifications.kept.values()),
            "inbox.shopify": sum(kept.done_at is None for kept in self.webhooks.kept.values()),
            "mapper.waiting": self.waiting.count(),
        }

"""Drafts that arrive become jobs; a store that works again releases what waited for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from eventstore.missed import Names
from eventstore.wakeups import Wakeup
from jobs.interface import JobStore
from jobs.job import NewJob
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import ShopifyOrderDraft
from runtime.clock import Clock
from shopify_writer.domain import CREATE_ORDER
from shopify_writer.pause_metrics import say
from shopify_writer.store_recovery import StoreRecovery

ANSWERS: Final = frozenset(
    event.type_name()
    for event in (
        events.ShopifyOrderDraft,
        events.ShopifyOrderDraftWithdrawn,
        events.OrderBlocked,
        events.OrderIneligible,
        events.ShopifyOrderRequested,
        events.ShopifyOrderCreated,
    )
)
"""What shows of an earlier draft that its job was begun, or that none is needed any more.

A failure does not: it may be an older draft's, whose attempt was under way.
"""
OPENS: Final = (events.ShopConnected, events.ShopResumed, events.AdoptionFinished)
"""What may make a shop's store usable (again)."""


class Intake:
    """What the shopify-writer does with records: it only writes down what is to be done."""

    def __init__(self, job_store: JobStore, stores: StoreRecovery, clock: Clock) -> None:
        self._job_store = job_store
        self._stores = stores
        self._clock = clock

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """One job per draft, before the acknowledgement; the same draft twice is one job."""
        now = self._clock()
        jobs = [job for wakeup in wakeups if (job := to_job(wakeup, now)) is not None]
        await self._job_store.enqueue(jobs)
        say(wakeups)
        opened = {wakeup.stream for wakeup in wakeups if isinstance(wakeup.event, OPENS)}
        if opened:
            await self._stores.release(opened)

    async def without_job(self, recorded: Sequence[Recorded], names: Names) -> Sequence[Recorded]:
        """The drafts among these events that wait for a job and have none."""
        waiting = [
            each for each in recorded if ANSWERS.isdisjoint(names[each.stream][each.version :])
        ]
        known = await self._job_store.known([each.id for each in waiting])
        return [each for each in waiting if each.id not in known]


def to_job(wakeup: Wakeup, now: datetime) -> NewJob | None:
    """The job of a draft, which a replay seldom makes anew; None for any other event."""
    draft = wakeup.event
    if not isinstance(draft, ShopifyOrderDraft):
        return None
    return NewJob(
        id=UUID(wakeup.cause.id),
        stream_id=wakeup.stream,
        version=wakeup.version,
        store=draft.store,
        kind=CREATE_ORDER,
        due_at=now,
        lane="replay" if wakeup.is_replayed else draft.lane,
        supersedes=True,
    )

"""Bugs of whoever creates orders: the protocol by which one is created exactly once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.campaign import plants as campaign

from eventstore.journal import Journal
from jobs.job import NewJob
from jobs.memory import MemoryJobs
from jobs.memory_rows import StoredJob
from lifecycle.order import Order
from runtime.kafka.delivery import Delivery
from runtime.kafka.holds import first_offsets, to_partition
from shopify_writer import domain
from shopify_writer.creation import intake
from shopify_writer.creation.attempt import Writer
from shopify_writer.creation.intake import Intake
from simulation.plants.patching import Function, everywhere, method


def version_not_checked() -> None:
    """What was decided on an order as it was read is recorded, whatever came meanwhile."""

    def plant(careful: Function) -> Function:
        async def anyway(self: Journal, cause: Any, _: int, *events: Any) -> Any:
            histories = await self.store.read_many([cause.stream])
            return await careful(self, cause, len(histories[cause.stream]), *events)

        return anyway

    method(Journal, "unless_moved", plant)


def acknowledged_before_the_job() -> None:
    """A record is committed before it is handled, and nobody looks for what was missed."""

    def plant(careful: Function) -> Function:
        async def early(self: Any, consumer: Any, batch: Any) -> None:
            last = {to_partition(raw): raw.offset + 1 for raw in batch}
            self.in_flight = first_offsets(batch)
            await consumer.commit(last)
            await careful(self, consumer, batch)

        return early

    async def none_missed(*_: object) -> tuple[()]:
        return ()

    method(Delivery, "_deliver", plant)
    method(Intake, "without_job", lambda _: none_missed)


def passed_on_by_time() -> None:
    """A job nobody has finished for a second is taken as never begun, whoever may be at it."""
    campaign.absence_counted_from_ones_own_job()  # or the open request would be waited for

    async def recover(self: MemoryJobs) -> int:
        now = self._clock()
        left = [row for row in self._stored.values() if _is_late(row, now)]
        for row in left:
            row.sent = False
            row.wait(None, now, "worker_gone")
        return len(left)

    def _is_late(row: StoredJob, now: Any) -> bool:
        claimed_at = row.job.claimed_at
        is_old = claimed_at is not None and now - claimed_at > timedelta(seconds=1)
        return row.job.state == "running" and is_old

    method(MemoryJobs, "recover", lambda _: recover)


def doubt_repeated() -> None:
    """A request without an outcome is simply attempted again."""
    careful = domain.next_step

    def again(order: Order, shop: Any, now: Any) -> Any:
        step = careful(order, shop, now)
        if isinstance(step, domain.Resolve) and order.live_draft is not None:
            return domain.Attempt(order.live_draft, domain.attempts(order) + 1)
        return step

    everywhere(careful, again)


def doubt_moved_with_the_shop() -> None:
    """An order in doubt is looked up in the store that its shop has now."""

    def plant(careful: Function) -> Function:
        async def elsewhere(self: Writer, known: Any, job: Any, request: Any, lease: Any) -> Any:
            moved = request.event.model_copy(update={"store": known.shop.store})
            return await careful(self, known, job, replace(request, event=moved), lease)

        return elsewhere

    method(Writer, "_resolve", plant)


def disconnected_ignored() -> None:
    """A draft is carried out although its shop has left the store."""
    everywhere(domain._waits_for, lambda *_: None)


def click_counted_twice() -> None:
    """A Sync after the order was created has it created again."""

    def plant(careful: Any) -> property:
        def stands(order: Order) -> bool:
            created = order.created.version if order.created is not None else 0
            return careful.fget(order) and not order.asked_version > created

        return property(stands)

    method(Order, "stands", plant)


def replay_in_the_live_lane() -> None:
    """What is replayed goes where new orders go."""
    careful = intake.to_job

    def live(wakeup: Any, now: Any) -> Any:
        job = careful(wakeup, now)
        return job if job is None else replace(job, lane="live")

    everywhere(careful, live)


def job_ends_itself() -> None:
    """A parked job that is given again with a newer version is taken for its own predecessor."""

    def plant(careful: Any) -> Any:
        def replaced(jobs: MemoryJobs, new: NewJob) -> None:
            known = jobs._stored.get(new.id)
            careful(jobs, new)
            if known is None or not new.supersedes or known.job.version >= new.version:
                return
            if known.job.state in {"waiting", "parked"}:
                jobs._supersede(known)

        return replaced

    method(MemoryJobs, "_replace_older", plant)
    method(MemoryJobs, "_revive", lambda _: lambda *_: None)


PLANTS = (
    job_ends_itself,
    campaign.retry_on_timeout,
    campaign.no_lookup,
    campaign.lease_not_checked,
    campaign.error_means_absent,
    campaign.absence_believed_at_once,
    campaign.absence_counted_from_ones_own_job,
    campaign.sent_after_its_deadline,
    campaign.absence_concluded_by_anybody,
    passed_on_by_time,
    version_not_checked,
    acknowledged_before_the_job,
    doubt_repeated,
    doubt_moved_with_the_shop,
    disconnected_ignored,
    click_counted_twice,
    replay_in_the_live_lane,
)

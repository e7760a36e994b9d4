"""A request whose outcome is unknown: when it is looked up, and when its absence is believed.

It may still arrive until its call's deadline, and lookups lag behind what was done. So only when
that deadline and ``absent_after`` more have passed, *not there* means *not done*.

All is measured by the database's clock: when an event was recorded, since when a job is in doubt,
and when whoever asks was handed the job. So clocks of machines are never compared, and a worker
that stood still since knows no more than it knew when it was handed the job.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.settings import ShopifySettings
from jobs.job import Job
from jobs.outcomes import InDoubt

_NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Doubts:
    """``absent_after``: how long after a call's deadline its absence is believed.

    ``call_deadline``: how long after its announcement a request may be sent at the latest
    (``shopify_jobs.deadline``), and how long its answer is waited for. ``look_again``: how soon it
    is looked up at the earliest.
    """

    absent_after: timedelta
    call_deadline: timedelta
    look_again: timedelta

    @staticmethod
    def by(settings: ShopifySettings) -> "Doubts":
        """As a service is set."""
        return Doubts(settings.absent_after, settings.call_deadline, settings.waits.doubt)

    @property
    def settled_after(self) -> timedelta:
        """From when no request was written any more: one may still arrive until its deadline."""
        return self.call_deadline + self.absent_after

    def absent_in(self, announced_at: datetime, job: Job) -> timedelta:
        """How much longer the absence of what was announced then is not believed; 0: it is."""
        return self._left(announced_at + self.call_deadline, job)

    def look_at(self, left: timedelta, now: datetime) -> datetime:
        """When to look next while so much of the wait is left."""
        return max(self.soon(now), min(now + left, self.later(now)))

    def soon(self, now: datetime) -> datetime:
        """When what was just sent is looked up."""
        return now + self.look_again

    def later(self, now: datetime) -> datetime:
        """When a lookup that said nothing is made again."""
        return now + self.absent_after / 2

    def about(self, job: Job, now: datetime) -> InDoubt | None:
        """Look again then: what an earlier call was to do may still arrive. None: it cannot."""
        if job.in_doubt_since is None:
            return None
        left = self._left(job.in_doubt_since, job)
        return InDoubt(self.look_at(left, now)) if left else None

    def _left(self, unwritten_since: datetime, job: Job) -> timedelta:
        """Of the wait for what nobody wrote any more since then."""
        if job.claimed_at is None:
            return self.settled_after
        return max(_NO_TIME, unwritten_since + self.settled_after - job.claimed_at)

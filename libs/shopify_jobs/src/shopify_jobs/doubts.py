"""A request whose outcome is unknown: when it is looked up, and when its absence is believed.

It may still arrive until its call's deadline, and lookups lag behind what was done. So only when
that deadline and ``absent_after`` more have passed, *not there* means *not done*.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connections.settings import ShopifySettings
from jobs.job import Job
from jobs.outcomes import InDoubt, Retry


@dataclass(frozen=True, slots=True)
class Doubts:
    """``absent_after``: how long after a call's deadline its absence is believed.

    ``look_again``: how soon it is looked up at the earliest.
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

    def settled_at(self, job: Job) -> datetime | None:
        """When absence may be believed; None: nothing the job sent is in doubt."""
        return job.in_doubt_since + self.settled_after if job.in_doubt_since is not None else None

    def look_at(self, settled_at: datetime, now: datetime) -> datetime:
        """When to look next until then."""
        return max(self.soon(now), min(settled_at, self.later(now)))

    def soon(self, now: datetime) -> datetime:
        """When what was just sent is looked up."""
        return now + self.look_again

    def later(self, now: datetime) -> datetime:
        """When a lookup that said nothing is made again."""
        return now + self.absent_after / 2

    def about(self, job: Job, now: datetime) -> InDoubt | None:
        """Look again then: what an earlier call was to do may still arrive. None: it cannot."""
        settled_at = self.settled_at(job)
        if settled_at is None or now >= settled_at:
            return None
        return InDoubt(self.look_at(settled_at, now))


def again(
    job: Job, due_at: datetime, reason_code: str, *, is_settled: bool = False
) -> InDoubt | Retry:
    """Once more then. A doubt stays one, unless a later call ``is_settled``: was answered."""
    return InDoubt(due_at) if job.in_doubt and not is_settled else Retry(due_at, reason_code)

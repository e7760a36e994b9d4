"""When a change may be made although what became of an earlier call is unknown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobs import InDoubt, Job, Outcome, Retry

LOOK_AGAIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Doubts:
    """``absent_after``: how long after a call's deadline its absence is believed."""

    absent_after: timedelta
    call_deadline: timedelta

    def about(self, job: Job, now: datetime) -> InDoubt | None:
        """Look again then: what an earlier call was to make may still arrive. None: it cannot."""
        if job.in_doubt_since is None:
            return None
        settled_at = job.in_doubt_since + self.call_deadline + self.absent_after
        if now >= settled_at:
            return None
        return InDoubt(max(now + LOOK_AGAIN, min(settled_at, now + self.absent_after / 2)))


def again(job: Job, due_at: datetime, reason_code: str, *, is_settled: bool = False) -> Outcome:
    """Once more then. A doubt stays one, unless a later call ``is_settled``: was answered."""
    return InDoubt(due_at) if job.in_doubt and not is_settled else Retry(due_at, reason_code)

"""The rows of ``MemoryJobs``, and which of them may be begun: the rules of ``effects.claim``."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jobs.budget_stores import MemoryBudget
from jobs.job import Job, Lane


@dataclass(slots=True)
class StoredJob:
    """A job in memory, and what nobody outside is told of it."""

    job: Job
    seq: int
    supersedes: bool
    sent: bool = False
    ended_at: datetime | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its stream."""
        return (self.job.version, self.seq)

    @property
    def turn(self) -> tuple[str, str]:
        """Those that take turns when places are dealt: a kind in a store."""
        return (self.job.kind, self.job.store)

    def waits_at(self, now: datetime) -> bool:
        """Whether it is due, and nothing is known to hold it back."""
        return self.job.state == "waiting" and self.job.due_at <= now

    def is_due(self, kinds: Sequence[str], lane: Lane, now: datetime) -> bool:
        """Whether it is one of these, to be done or looked up."""
        job = self.job
        is_due = job.state in {"waiting", "in_doubt"} and job.due_at <= now
        return is_due and job.kind in kinds and job.lane == lane

    def is_busy(self) -> bool:
        """Whether nothing else of its stream may be begun."""
        return self.job.state == "running" or self.job.in_doubt

    def begin(self, owner_id: str, now: datetime) -> Job:
        """A worker has it now."""
        self.sent = False
        attempt = self.job.attempt + 1
        self.set(state="running", owner=owner_id, attempt=attempt, claimed_at=now, reason="")
        return self.job

    def wait(self, in_doubt_since: datetime | None, due_at: datetime, reason: str) -> None:
        """Until then it is nobody's."""
        state = "waiting" if in_doubt_since is None else "in_doubt"
        self.set(
            state=state, owner=None, in_doubt_since=in_doubt_since, due_at=due_at, reason=reason
        )

    def set(self, **changes: object) -> None:
        """Change the job's fields."""
        self.job = replace(self.job, **changes)  # type: ignore[arg-type]  # any field of Job


def in_stream_order(rows: Collection[StoredJob], stream_id: str) -> list[StoredJob]:
    """All of one stream."""
    found = [row for row in rows if row.job.stream_id == stream_id]
    return sorted(found, key=lambda row: row.place)


class Due:
    """The due jobs of these kinds in a lane, as a claim finds them."""

    def __init__(
        self,
        rows: Collection[StoredJob],
        kinds: Sequence[str],
        lane: Lane,
        now: datetime,
        budget: MemoryBudget | None,
    ) -> None:
        self._rows = rows
        self._due = [row for row in rows if row.is_due(kinds, lane, now)]
        self._lane = lane
        self._now = now
        self._budget = budget

    def first(self, places: int) -> Iterator[StoredJob]:
        """The earliest due; stores take turns, and each gives what its budget serves.

        Each is to be begun before the next is asked for.
        """
        turns = {row.turn for row in self._due}
        share = max(1, places // max(1, len(turns)))
        left = {turn: min(share, self._room(turn[1])) for turn in turns}
        for row in sorted(self._due, key=lambda row: (row.job.due_at, row.seq)):
            if places > 0 and left[row.turn] > 0 and self._may_begin(row):
                places -= 1
                left[row.turn] -= 1
                yield row

    def _room(self, store: str) -> int:
        if self._budget is None:
            return len(self._rows)
        at_work = sum(row.job.state == "running" and row.job.store == store for row in self._rows)
        return self._budget.room(store, self._lane, at_work)

    def _may_begin(self, row: StoredJob) -> bool:
        """A job in doubt is looked up; another is held back by its stream and by its store."""
        job, now = row.job, self._now
        if job.state == "in_doubt":
            return True
        if self._budget is not None and self._budget.is_held(job.store, job.kind, now):
            return False
        stream = in_stream_order(self._rows, job.stream_id)
        earlier = [other for other in stream if other.place < row.place and other.waits_at(now)]
        return not earlier and not any(other.is_busy() for other in stream)

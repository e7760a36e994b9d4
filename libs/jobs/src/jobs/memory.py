"""A store of jobs in memory, for tests: the same promises as long as the process lives."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from typing import Final
from uuid import UUID

from jobs.backlog import DEFAULT_RESTORE
from jobs.budget import POINTS_A_JOB
from jobs.budget_stores import MemoryBudget
from jobs.job import LANES, SUPERSEDED, Job, JobLost, Lane, NewJob, State
from jobs.lanes import LaneShares
from jobs.memory_rows import Due, StoredJob, in_stream_order
from jobs.owner import SESSION_TIMES, Owner
from runtime.clock import Clock, Monotonic
from runtime.randomness import NewId
from runtime.session import Lease, SessionTimes

_GIVEN: Final = ("id", "stream_id", "version", "store", "kind", "lane", "payload", "due_at")
_ROUNDS: Final = 4
"""Places that a lane or a store leaves go to the others, as in ``effects.claim``."""


class MemoryJobs:
    """Keeps what ``JobStore`` promises. Its owners live until their block ends, or ``end_owner``.

    ``budget``: what claims keep to; without one they know of no store's.
    """

    def __init__(self, clock: Clock, budget: MemoryBudget | None = None) -> None:
        self._clock = clock
        self._budget = budget
        self._shares = LaneShares()
        self._stored: dict[UUID, StoredJob] = {}
        self._seq = count(1)
        self._owners: dict[str, Owner] = {}

    @asynccontextmanager
    async def open_owner(
        self, new_id: NewId, *, clock: Monotonic, times: SessionTimes = SESSION_TIMES
    ) -> AsyncIterator[Owner]:
        """An owner whose lease holds from now on; see ``jobs.owner``."""
        lease = Lease(times.lease, clock)
        lease.extend(clock())
        owner = Owner(new_id(), lease)
        self.begin_owner(owner)
        try:
            yield owner
        finally:
            self.end_owner(owner.id)
            owner.lease.end()
            owner.lost.set()

    def begin_owner(self, owner: Owner) -> None:
        """Jobs claimed under its id are its own, and enqueueing wakes it, until it is ended."""
        self._owners[owner.id] = owner

    def end_owner(self, owner_id: str) -> None:
        """Its session is gone, whether or not it knows: ``recover`` takes its jobs.

        Again: no change. For a process that died or stands still; its lease is its own matter.
        """
        self._owners.pop(owner_id, None)

    async def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """See ``JobStore.enqueue``."""
        for new in jobs:
            self._replace_older(new)
            known = self._stored.get(new.id)
            if known is None:
                self._add(new)
            elif known.job.reason == SUPERSEDED and known.job.version < new.version:
                self._revive(known, new)
        self._wake()

    async def known(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """See ``JobStore.known``."""
        return frozenset(ids) & self._stored.keys()

    async def claim(self, owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        """See ``JobStore.claim``."""
        dealt = self._shares.deal(limit)
        claimed: list[Job] = []
        for number in range(_ROUNDS):
            before = len(claimed)
            for lane in LANES:
                places = limit - len(claimed) if number else dealt[lane]
                due = Due(self._stored.values(), kinds, lane, self._clock(), self._budget)
                claimed += [row.begin(owner_id, self._clock()) for row in due.first(places)]
            if number and len(claimed) == before:
                break
        return tuple(claimed)

    async def sending(self, job: Job) -> None:
        """See ``JobStore.sending``."""
        self._mine(job).sent = True

    async def owned(self, job: Job) -> None:
        """See ``JobStore.owned``."""
        self._mine(job)

    async def finish(self, job: Job) -> None:
        """See ``JobStore.finish``."""
        stored = self._mine(job)
        stored.ended_at = self._clock()
        stored.set(state="done", owner=None, in_doubt_since=None)

    async def retry(
        self, job: Job, due_at: datetime, reason: str, *, is_settled: bool = False
    ) -> None:
        """See ``JobStore.retry``."""
        stored = self._mine(job)
        since = None if is_settled else stored.job.in_doubt_since
        stored.wait(since, due_at, reason)

    async def park(self, job: Job, reason: str, *, is_open: bool | None = None) -> None:
        """See ``JobStore.park``."""
        stored = self._mine(job)
        since = stored.job.in_doubt_since if is_open is not False else None
        if is_open and since is None:
            since = self._clock()
        stored.set(state="parked", owner=None, reason=reason, in_doubt_since=since)

    async def doubt(self, job: Job, due_at: datetime) -> None:
        """See ``JobStore.doubt``."""
        stored = self._mine(job)
        since = self._doubt_now(stored) or self._clock()
        stored.set(state="in_doubt", owner=None, in_doubt_since=since, due_at=due_at)

    async def give_back(self, job: Job, due_at: datetime, reason: str) -> None:
        """See ``JobStore.give_back``."""
        self._give_back(self._mine(job), due_at, reason)

    async def release(
        self, *, store: str, reasons: Sequence[str] | None = None, prefix: str = ""
    ) -> int:
        """See ``JobStore.release``."""
        return self._release(
            stored
            for stored in self._parked(prefix)
            if stored.job.store == store and (reasons is None or stored.job.reason in reasons)
        )

    async def release_elsewhere(self, *, store: str, prefix: str, kind: str) -> int:
        """See ``JobStore.release_elsewhere``."""
        return self._release(
            stored
            for stored in self._parked(prefix)
            if stored.job.store != store and (stored.job.in_doubt or stored.job.kind != kind)
        )

    def _parked(self, prefix: str) -> list[StoredJob]:
        return [
            stored
            for stored in self._stored.values()
            if stored.job.state == "parked" and stored.job.stream_id.startswith(prefix)
        ]

    def _release(self, parked: Iterable[StoredJob]) -> int:
        freed = list(parked)
        for stored in freed:
            state = "in_doubt" if stored.job.in_doubt else "waiting"
            stored.set(state=state, due_at=self._clock())
        self._wake()
        return len(freed)

    async def recover(self) -> int:
        """See ``JobStore.recover``."""
        left = [
            stored
            for stored in self._stored.values()
            if stored.job.state == "running" and stored.job.owner not in self._owners
        ]
        for stored in left:
            self._give_back(stored, self._clock(), "worker_gone")
        return len(left)

    async def of_stream(self, stream_id: str) -> tuple[Job, ...]:
        """All stored jobs of a stream in stream order, done ones included: for tests to look at."""
        return tuple(stored.job for stored in self._stream(stream_id))

    async def states(self) -> frozenset[State]:
        """See ``JobStore.states``."""
        return frozenset(stored.job.state for stored in self._stored.values()) - {"done"}

    def by_state(self) -> Counter[State]:
        """How many jobs there are, by state: for tests to look at."""
        return Counter(stored.job.state for stored in self._stored.values())

    async def bulk_seconds(self, store: str) -> float:
        """See ``jobs.backlog.bulk_seconds``."""
        now = self._clock()
        due = sum(
            stored.job.store == store and stored.is_due((stored.job.kind,), "bulk", now)
            for stored in self._stored.values()
        )
        restore = self._budget.restore(store) if self._budget else DEFAULT_RESTORE
        return due * POINTS_A_JOB / restore

    async def purge_done(self, before: datetime, limit: int = 10_000) -> int:
        """See ``JobStore.purge_done``."""
        old = [
            job_id
            for job_id, stored in self._stored.items()
            if stored.ended_at is not None and stored.ended_at < before
        ]
        for job_id in old[:limit]:
            del self._stored[job_id]
        return len(old[:limit])

    def _stream(self, stream_id: str) -> list[StoredJob]:
        return in_stream_order(self._stored.values(), stream_id)

    def _replace_older(self, new: NewJob) -> None:
        for older in self._stream(new.stream_id):
            job = older.job
            if job.version >= new.version or job.state in {"running", "done"}:
                continue
            older.set(lane=_more_urgent(job.lane, new.lane))
            is_another = new.supersedes and job.kind == new.kind and job.id != new.id
            if is_another and not job.in_doubt:
                self._supersede(older)

    def _add(self, new: NewJob) -> None:
        given = {name: getattr(new, name) for name in _GIVEN}
        job = Job(**given, state="waiting", attempt=0)
        stored = StoredJob(job, next(self._seq), new.supersedes)
        is_superseded = self._is_superseded(new)
        self._stored[new.id] = stored
        if is_superseded:
            self._supersede(stored)

    def _is_superseded(self, new: NewJob) -> bool:
        newer = (
            other
            for other in self._stream(new.stream_id)
            if other.job.version > new.version and other.job.state != "done"
        )
        return any(other.supersedes and other.job.kind == new.kind for other in newer)

    def _revive(self, stored: StoredJob, new: NewJob) -> None:
        if self._is_superseded(new):
            return
        stored.ended_at = None
        stored.set(state="waiting", reason="", version=new.version, due_at=new.due_at)

    def _supersede(self, stored: StoredJob) -> None:
        stored.ended_at = self._clock()
        stored.set(state="done", reason=SUPERSEDED)

    def _mine(self, job: Job) -> StoredJob:
        stored = self._stored.get(job.id)
        if stored is None or (stored.job.state, stored.job.owner, stored.job.attempt) != (
            "running",
            job.owner,
            job.attempt,
        ):
            raise JobLost(f"job {job.id} is no longer this worker's")
        return stored

    def _doubt_now(self, stored: StoredJob) -> datetime | None:
        return self._clock() if stored.sent else stored.job.in_doubt_since

    def _give_back(self, stored: StoredJob, due_at: datetime, reason: str) -> None:
        stored.wait(self._doubt_now(stored), due_at, reason)

    def _wake(self) -> None:
        for owner in self._owners.values():
            owner.woken.set()


def _more_urgent(one: Lane, other: Lane) -> Lane:
    return min(one, other, key=LANES.index)

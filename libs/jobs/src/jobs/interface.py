"""What the store of jobs promises; PostgreSQL and memory keep it alike."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from jobs.job import Job, NewJob, State


class JobStore(Protocol):
    """Durable jobs, at most one of a stream at work or in doubt, whatever its kind.

    Methods that take a ``Job`` want it as it was claimed and raise ``JobLost`` when it was passed
    on meanwhile. Due times come from the clock that the store was made with; when a job was claimed
    and since when it is in doubt, from the one clock that all workers share: the database's.
    """

    async def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """Store a batch in one statement; durable when it returns. Known ids change nothing.

        A job with ``supersedes`` ends other, older ones (by version) of its stream and kind that
        wait or are parked, unless they are in doubt. One that was ended so waits again when it is
        given again with a newer version: what it is for is wanted again. An older job that still
        waits is moved to the newer job's lane if that is more urgent: it has to go first.
        """

    async def known(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of these ids that are the ids of stored jobs, done ones included; one statement."""

    async def claim(self, owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        """Hand over up to ``limit`` due jobs of these kinds, now ``running``.

        Of each stream the earliest due one, and none while another is running or in doubt. Lanes
        share by weight and leave what they do not need to the others. The cost does not grow with
        the number of stored jobs.
        """

    async def sending(self, job: Job) -> None:
        """A request is about to be written: from now on, an unknown end means *in doubt*."""

    async def owned(self, job: Job) -> None:
        """Nothing but the question whether it is still this worker's."""

    async def finish(self, job: Job) -> None:
        """It is done."""

    async def retry(
        self, job: Job, due_at: datetime, reason: str, *, is_settled: bool = False
    ) -> None:
        """Wait for the next attempt; what was sent in this one is known not to be done.

        A doubt of an earlier attempt stays one, unless an answer ``is_settled`` it: then the job is
        no longer in doubt.
        """

    async def park(self, job: Job, reason: str, *, is_open: bool | None = None) -> None:
        """Wait until released, in doubt or not as ``is_open`` says; None: as it was."""

    async def doubt(self, job: Job, due_at: datetime) -> None:
        """What became of a request is unknown: look it up at ``due_at``."""

    async def give_back(self, job: Job, due_at: datetime, reason: str) -> None:
        """The worker does not know how far it came: in doubt if a request was sent, else wait."""

    async def release(
        self, *, store: str, reasons: Sequence[str] | None = None, prefix: str = ""
    ) -> int:
        """Parked jobs of this store and one of these reasons (None: any) are due now; how many.

        ``prefix``: only those of streams whose ids begin so.
        """

    async def release_elsewhere(self, *, store: str, prefix: str, kind: str) -> int:
        """Parked jobs in every store but this one, of streams whose ids begin so, are due now.

        Those of this kind only where they are in doubt. How many.
        """

    async def recover(self) -> int:
        """Give back the jobs of all owners that are gone, due now; how many."""

    async def states(self) -> frozenset[State]:
        """In which states there is any job, but done; costs the same however many there are."""

    async def purge_done(self, before: datetime, limit: int = 10_000) -> int:
        """Delete up to ``limit`` jobs done before then; how many. Repeat while it is ``limit``."""

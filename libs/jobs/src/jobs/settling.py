"""What a worker's outcome means for its job in the store."""

from jobs.interface import JobStore
from jobs.job import Job
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry


async def settle(job_store: JobStore, job: Job, outcome: Outcome) -> None:
    """The job is what ``outcome`` says; TypeError when that is none."""
    match outcome:
        case Finished():
            await job_store.finish(job)
        case Retry(due_at, reason):
            await job_store.retry(job, due_at, reason)
        case Parked(reason):
            await job_store.park(job, reason)
        case InDoubt(due_at):
            await job_store.doubt(job, due_at)
        case _:
            raise TypeError(f"a job of kind {job.kind} must end with an Outcome")

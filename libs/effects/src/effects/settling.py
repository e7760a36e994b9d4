"""What a worker's outcome means for its job in the store."""

from effects.interface import Effects
from effects.jobs import Job
from effects.outcomes import Finished, InDoubt, Outcome, Parked, Retry


async def settle(effects: Effects, job: Job, outcome: Outcome) -> None:
    """The job is what ``outcome`` says; TypeError when that is none."""
    match outcome:
        case Finished():
            await effects.finish(job)
        case Retry(due_at, reason):
            await effects.retry(job, due_at, reason)
        case Parked(reason):
            await effects.park(job, reason)
        case InDoubt(due_at):
            await effects.doubt(job, due_at)
        case _:
            raise TypeError(f"a job of kind {job.kind} must end with an Outcome")

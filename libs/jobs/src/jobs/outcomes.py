"""What becomes of a job after a worker had it, and recording it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from jobs.interface import JobStore
from jobs.job import Job


@dataclass(frozen=True, slots=True)
class Finished:
    """Done, or no longer wanted."""


@dataclass(frozen=True, slots=True)
class Retry:
    """To be tried again at ``due_at``. ``reason`` is a code, not a text.

    What this performance sent was answered: it is not done. A job that was in doubt before stays
    so, unless an answer ``is_settled`` that too.
    """

    due_at: datetime
    reason: str
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Parked:
    """Waits until somebody releases it, by store or by ``reason`` (a code).

    It is in doubt if a request that was announced for its stream ``is_open``, whoever announced it:
    nothing else of its stream runs until it is released and looked up. None: nobody can say, so one
    that was in doubt stays so. False: every request has its outcome, so a newer job may run.
    """

    reason: str
    is_open: bool | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A request may have been carried out; to be looked up at ``due_at``, nothing repeated."""

    due_at: datetime


Outcome: TypeAlias = Finished | Retry | Parked | InDoubt


async def settle(job_store: JobStore, job: Job, outcome: Outcome) -> None:
    """The job is what ``outcome`` says; TypeError when that is none."""
    match outcome:
        case Finished():
            await job_store.finish(job)
        case Retry(due_at, reason, is_settled):
            await job_store.retry(job, due_at, reason, is_settled=is_settled)
        case Parked(reason, is_open):
            await job_store.park(job, reason, is_open=is_open)
        case InDoubt(due_at):
            await job_store.doubt(job, due_at)
        case _:
            raise TypeError(f"a job of kind {job.kind} must end with an Outcome")

"""Durable jobs for everything that is done to the outside world.

- ``job``, ``outcomes``    what a job is, and what can become of it
- ``interface``            what the store of jobs promises (``postgres``, ``memory``)
- ``owner``                a worker's identity and lease
- ``lanes``                how live, bulk and replay share
- ``worker``               the loop that claims jobs and has them performed
- ``budget``               a store's points, shared by all workers of all services
- ``budget_queue``         a process's queue for them
"""

from importlib.resources import files

from jobs.budget import Ask, Budget, Place, Reading, Settlement
from jobs.budget_queue import BudgetQueue, NotNow
from jobs.budget_stores import MemoryBudget, PostgresBudget
from jobs.interface import JobStore
from jobs.job import LANES, Depth, Job, JobLost, Lane, NewJob, State
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry, settle
from jobs.owner import OpenOwner, Owner, open_owner
from jobs.postgres import PostgresJobs
from jobs.worker import Perform, Worker, WorkerSettings, run_worker
from runtime.migrations import MigrationSet

MIGRATIONS = MigrationSet("effects", files("jobs") / "migrations")
"""The tables of jobs, for ``ordersync migrate``."""

__all__ = [
    "LANES",
    "MIGRATIONS",
    "Ask",
    "Budget",
    "BudgetQueue",
    "Depth",
    "Finished",
    "InDoubt",
    "Job",
    "JobLost",
    "JobStore",
    "Lane",
    "MemoryBudget",
    "MemoryJobs",
    "NewJob",
    "NotNow",
    "OpenOwner",
    "Outcome",
    "Owner",
    "Parked",
    "Perform",
    "Place",
    "PostgresBudget",
    "PostgresJobs",
    "Reading",
    "Retry",
    "Settlement",
    "State",
    "Worker",
    "WorkerSettings",
    "open_owner",
    "run_worker",
    "settle",
]

"""The hands: durable jobs for everything that is done to the outside world.

- ``jobs``, ``outcomes``   what a job is, and what can become of it
- ``interface``            what the store of jobs promises (``postgres``, ``memory``)
- ``owner``                a worker's identity and lease
- ``lanes``                how live, bulk and replay share
- ``settling``             what an outcome means for its job
- ``waits``                when what failed is tried again
- ``worker``               the loop that claims jobs and has them performed
- ``budget``               a store's points, shared by all workers of all services
- ``pacing``               a process's queue for them
"""

from importlib.resources import files

from effects.budget import Ask, Budget, Place, Reading, Settlement
from effects.budget_memory import MemoryBudget
from effects.budget_postgres import PostgresBudget
from effects.interface import Effects
from effects.jobs import LANES, Depth, Job, JobLost, Lane, NewJob, State
from effects.memory import MemoryEffects
from effects.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from effects.owner import OpenOwner, Owner, new_owner_id, open_owner
from effects.pacing import NotNow, Pacer
from effects.postgres import PostgresEffects
from effects.settling import settle
from effects.worker import Perform, Worker, WorkerSettings, run_worker
from runtime.migrations import MigrationSet

MIGRATIONS = MigrationSet("effects", files("effects") / "migrations")
"""The tables of jobs, for ``ordersync migrate``."""

__all__ = [
    "LANES",
    "MIGRATIONS",
    "Ask",
    "Budget",
    "Depth",
    "Effects",
    "Finished",
    "InDoubt",
    "Job",
    "JobLost",
    "Lane",
    "MemoryBudget",
    "MemoryEffects",
    "NewJob",
    "NotNow",
    "OpenOwner",
    "Outcome",
    "Owner",
    "Pacer",
    "Parked",
    "Perform",
    "Place",
    "PostgresBudget",
    "PostgresEffects",
    "Reading",
    "Retry",
    "Settlement",
    "State",
    "Worker",
    "WorkerSettings",
    "new_owner_id",
    "open_owner",
    "run_worker",
    "settle",
]

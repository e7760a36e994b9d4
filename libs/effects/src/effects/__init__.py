"""The hands: durable jobs for everything that is done to the outside world.

- ``jobs``, ``outcomes``   what a job is, and what can become of it
- ``interface``            what the store of jobs promises (``postgres``, ``memory``)
- ``owner``                a worker's identity and lease
- ``lanes``                how live, bulk and replay share
- ``worker``               the loop that claims jobs and has them performed
"""

from importlib.resources import files

from effects.interface import Effects
from effects.jobs import LANES, Depth, Job, JobLost, Lane, NewJob, State
from effects.memory import MemoryEffects
from effects.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from effects.owner import OpenOwner, Owner, open_owner
from effects.postgres import PostgresEffects
from effects.worker import Perform, Worker, WorkerSettings, run_worker
from runtime.migrations import MigrationSet

MIGRATIONS = MigrationSet("effects", files("effects") / "migrations")
"""The tables of jobs, for ``ordersync migrate``."""

__all__ = [
    "LANES",
    "MIGRATIONS",
    "Depth",
    "Effects",
    "Finished",
    "InDoubt",
    "Job",
    "JobLost",
    "Lane",
    "MemoryEffects",
    "NewJob",
    "OpenOwner",
    "Outcome",
    "Owner",
    "Parked",
    "Perform",
    "PostgresEffects",
    "Retry",
    "State",
    "Worker",
    "WorkerSettings",
    "open_owner",
    "run_worker",
]

"""What becomes of a job after a worker had it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Finished:
    """Done, or no longer wanted."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Known not to be done; to be tried again at ``due_at``. ``reason`` is a code, not a text."""

    due_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Parked:
    """Waits until somebody releases it, by store or by ``reason`` (a code).

    A job that was in doubt stays so: nothing else of its stream runs until it is released and
    looked up.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A request may have been carried out; to be looked up at ``due_at``, nothing repeated."""

    due_at: datetime


Outcome: TypeAlias = Finished | Retry | Parked | InDoubt

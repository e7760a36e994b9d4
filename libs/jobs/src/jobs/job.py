"""A job: one thing to be done to the outside world, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

Lane: TypeAlias = Literal["live", "bulk", "replay"]
State: TypeAlias = Literal["waiting", "running", "in_doubt", "parked", "done"]

LANES: Final[tuple[Lane, ...]] = ("live", "bulk", "replay")
"""Most urgent first."""

SUPERSEDED: Final = "superseded"
"""The reason of a job that ended because a newer one replaced it."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to enqueue.

    ``id`` is the causing event's id and ``version`` its version in the stream: jobs of a stream
    are done in the order of their versions. ``payload`` holds ids only, never a buyer's data.
    ``supersedes``: ends older jobs of the same stream and kind that wait or are parked.
    """

    id: UUID
    stream_id: str
    version: int
    store: str
    kind: str
    due_at: datetime
    lane: Lane = "live"
    payload: Mapping[str, str] = field(default_factory=dict)
    supersedes: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job.

    ``attempt`` counts how often it was handed to a worker. ``in_doubt_since`` is set while a
    request may have been carried out with unknown outcome: no request of this job was written
    after that moment, but one may still arrive until the call's own deadline later. ``claimed_at``
    is when it was handed over. Both are told by the store's own clock, which all workers share.
    """

    id: UUID
    stream_id: str
    version: int
    store: str
    kind: str
    lane: Lane
    payload: Mapping[str, str]
    state: State
    attempt: int
    due_at: datetime
    owner: str | None = None
    claimed_at: datetime | None = None
    in_doubt_since: datetime | None = None
    reason: str = ""

    @property
    def in_doubt(self) -> bool:
        """Whether what became of an earlier request has to be found out first."""
        return self.in_doubt_since is not None


class JobLost(Exception):
    """The job was passed on to another worker: what this one found out about it is discarded."""

    safe = True

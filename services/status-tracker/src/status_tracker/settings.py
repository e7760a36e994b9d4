"""What the status-tracker needs to know."""

from dataclasses import dataclass

from pydantic import Field

from connections.settings import ShopifySettings
from jobs.worker import WorkerSettings


@dataclass(frozen=True, slots=True)
class Beats:
    """How often, in seconds, each thing is looked at although nothing says that there is work.

    ``jobs``: what is due. ``orphans``: jobs whose worker is gone. ``purge``: done jobs that may go.
    """

    jobs: float = 1.0
    orphans: float = 5.0
    purge: float = 60.0


class TrackerSettings(ShopifySettings):
    """``concurrency``: how many orders are worked on side by side."""

    concurrency: int = 8
    beats: Beats = Field(default_factory=Beats)

    @property
    def worker(self) -> WorkerSettings:
        """How the worker of jobs is set."""
        beats = self.beats
        return WorkerSettings(
            self.waits.surprise,
            self.concurrency,
            poll=beats.jobs,
            recover=beats.orphans,
            purge=beats.purge,
        )

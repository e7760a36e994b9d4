"""Carrying out the status-tracker's jobs in Shopify."""

from jobs import Job, JobStore, Outcome
from runtime.clock import Clock
from runtime.session import Lease
from shopify.calls import Calls
from status_tracker.buyers import Buyers
from status_tracker.calling import Caller
from status_tracker.changing import Changes
from status_tracker.correcting import Corrections
from status_tracker.delivering import Deliveries
from status_tracker.doubts import Doubts
from status_tracker.recording import Record
from status_tracker.tracking import CHANGES
from vault.interface import Vault


class Applier:
    """Carries out delivery statuses and changes."""

    def __init__(
        self,
        record: Record,
        vault: Vault,
        shopify: Calls,
        job_store: JobStore,
        clock: Clock,
        doubts: Doubts,
    ) -> None:
        self.caller = Caller(record, shopify, job_store, clock, doubts)
        self._deliveries = Deliveries(self.caller)
        self._changes = Changes(self.caller, Corrections(self.caller, Buyers(vault)))

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Bring the order as far as it goes now; what becomes of the job is the answer."""
        part = self._changes if job.kind == CHANGES else self._deliveries
        return await part.perform(job, lease)

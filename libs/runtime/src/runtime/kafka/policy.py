"""How records are delivered: sizes, times, and which faults are not the record's."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from aiokafka.errors import KafkaError

from runtime import database_faults
from runtime.backoff import Backoff
from runtime.passing import is_passing
from runtime.publisher import NotPublished

OUTSIDE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    KafkaError,
    NotPublished,
    *database_faults.ANY,
)
ABOUT_THE_DATA: tuple[type[BaseException], ...] = (
    ValueError,  # also the client's own refusal of an argument
    *database_faults.ABOUT_A_ROW,
    *database_faults.RAISED_BY_US,
)


def is_infrastructure(error: BaseException) -> bool:
    """Whether the fault lies outside the records, so that the same batch may succeed later.

    A database without its tables or grants counts: records must not die of a late migration.
    A group of errors is one as soon as one of them is; the records are judged when the rest works.
    """
    if isinstance(error, BaseExceptionGroup):
        return any(is_infrastructure(part) for part in error.exceptions)
    return isinstance(error, OUTSIDE) and not isinstance(error, ABOUT_THE_DATA)


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """One policy for every consumer; a service changes sizes, tests shorten times.

    ``poll_wait_ms`` is also how long an idle subscriber sleeps between polls, so it bounds what
    one hop adds to latency; one of replays sleeps ten times as long. After a batch that was not
    full the next one gathers for ``gather_ms``, since a batch costs about the same whatever its
    size: a read, an append, a commit. ``rebalance_limit_ms`` is
    how long a batch in flight may hold up a rebalance. ``replay_quiet_s``: without a live batch
    for so long, live work has caught up. ``is_passing``: a fault that only this record meets and
    that goes away by itself, so the record's partition waits and the record does not die.
    """

    max_records: int = 500
    replay_max_records: int = 100
    poll_wait_ms: int = 20
    gather_ms: int = 10
    session_timeout_ms: int = 10_000
    rebalance_limit_ms: int = 60_000
    max_poll_interval_ms: int = 600_000
    backoff: Backoff = field(default_factory=Backoff)
    newer_version_wait_s: float = 30.0
    replay_quiet_s: float = 0.5
    is_infrastructure: Callable[[BaseException], bool] = is_infrastructure
    is_passing: Callable[[BaseException], bool] = is_passing

    def for_replays(self) -> "DeliveryPolicy":
        """The same for the replay topic: smaller batches, polled less often."""
        return replace(
            self, max_records=self.replay_max_records, poll_wait_ms=10 * self.poll_wait_ms
        )

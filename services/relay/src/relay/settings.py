"""What the relay needs to know."""

from pydantic import Field

from runtime.session import SessionTimes
from runtime.settings import Settings


class RelaySettings(Settings):
    """``page`` events are read, published and checkpointed together.

    After a page that was not full the next one gathers for ``gather_s``: the broker, the database
    and every consumer pay per page, and half of it is what an event waits on average.

    ``poll_interval_s``: how often the leader looks for events that nothing told it of.
    ``standby_interval_s``: how often another relay asks for the leader's lock.
    ``measure_interval_s``: how often the lag is measured.

    ``idle_session_timeout_s``: after so long without a word from the leader the server gives its
    lock to another; the leader itself stops after half of it.
    """

    page: int = 500
    poll_interval_s: float = 0.05
    gather_s: float = 0.005
    standby_interval_s: float = Field(default=1.0, gt=0)
    measure_interval_s: float = Field(default=5.0, gt=0)
    idle_session_timeout_s: float = 20.0

    @property
    def session_times(self) -> SessionTimes:
        """How often the leader pings, how long it may act after that, when its lock is given on."""
        idle = self.idle_session_timeout_s
        return SessionTimes(ping=idle / 10, lease=idle / 2, idle_timeout=idle)

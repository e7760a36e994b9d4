"""What a campaign is made of; written as JSON for its writers' processes."""

import json
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from connections.waits import Waits
from runtime.backoff import Backoff
from shopify_writer.settings import Beats

STORE = "campaign.myshopify.com"
SHOP_ID = "7495514739512345678"
TOKEN = "shpat_simulator"


@dataclass(frozen=True)
class Chances:
    """How likely each thing is at each step of each order."""

    kill: float = 0.0
    stop: float = 0.0
    nap: float = 0.0


CALM = Chances()
WAITS = Waits(
    failure=Backoff(first=0.2, longest=2.0),
    doubt=timedelta(seconds=0.3),
    surprise=Backoff(first=0.2, longest=1.0),
)
BEATS = Beats(jobs=0.2, orphans=0.3)
"""Both of a test's length: they change when things are tried again, not whether."""


@dataclass(frozen=True)
class WriterSetup:
    """One writer's process. Times in seconds; ``plant`` names a bug, "" is the writer as it is."""

    dsn: str = field(repr=False)
    shopify_url: str
    seed: int
    number: int
    chances: Chances = CALM
    only_at: str = ""
    plant: str = ""
    ping_s: float = 0.2
    lease_s: float = 1.0
    idle_timeout_s: float = 2.0
    call_deadline_s: float = 2.0
    absent_after_s: float = 2.0
    concurrency: int = 8

    def settings(self) -> dict[str, Any]:
        """The service's settings that are not as usual."""
        return {
            "shopify_call_deadline_s": self.call_deadline_s,
            "absent_after_s": self.absent_after_s,
            "concurrency": self.concurrency,
            "waits": WAITS,
            "beats": BEATS,
        }

    @property
    def absent_after(self) -> timedelta:
        """How long an announced request may be: sent, answered, and carried out late."""
        return timedelta(seconds=2 * self.call_deadline_s + self.absent_after_s)

    def to_json(self) -> str:
        """For the command line of ``tests.campaign.writer``."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WriterSetup":
        """As ``to_json`` wrote it."""
        values = json.loads(text)
        return cls(**{**values, "chances": Chances(**values["chances"])})

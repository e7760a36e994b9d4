"""What a campaign is made of; written as JSON for its writers' processes."""

import json
from dataclasses import asdict, dataclass, field

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

    def to_json(self) -> str:
        """For the command line of ``tests.campaign.writer``."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "WriterSetup":
        """As ``to_json`` wrote it."""
        values = json.loads(text)
        return cls(**{**values, "chances": Chances(**values["chances"])})

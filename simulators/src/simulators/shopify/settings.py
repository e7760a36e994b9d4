"""What the simulator's command line sets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """One app and its credentials; `token` opens every store that `PUT` gives none of its own."""

    token: str = "shpat_simulator"  # noqa: S105  (a simulator's: it opens nothing real)
    client_id: str = "simulator-client"
    client_secret: str = "simulator-secret"  # noqa: S105  (as above)
    app_id: str = "310000000001"
    app_title: str = "ordersync"
    webhook_timeout_s: float = 5.0
    webhook_retries_s: tuple[float, ...] = (0.2, 1.0, 5.0)

"""What the relay needs to know."""

from runtime.settings import Settings


class RelaySettings(Settings):
    """``page`` events are read, published and checkpointed together."""

    page: int = 500
    poll_interval_s: float = 0.05

"""Whose turn it is to reconcile a store: once a period, whoever asks first."""

from datetime import datetime
from typing import Protocol


class Turns(Protocol):
    """When each store was last begun; ``tables.PostgresTurns`` keeps it in PostgreSQL."""

    async def take(self, store: str, now: datetime, not_since: datetime) -> bool:
        """Whether nobody has begun since then; from now on somebody has."""
        ...

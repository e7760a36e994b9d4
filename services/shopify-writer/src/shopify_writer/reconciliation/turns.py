"""Whose turn it is to reconcile a store: once a period, whoever asks first."""

from datetime import datetime
from typing import Protocol


class Turns(Protocol):
    """When each store was last begun; PostgreSQL (``tables``) and memory keep it alike."""

    async def take(self, store: str, now: datetime, not_since: datetime) -> bool:
        """Whether nobody has begun since then; from now on somebody has."""


class MemoryTurns:
    """The same promise in a dict."""

    def __init__(self) -> None:
        self._begun: dict[str, datetime] = {}

    async def take(self, store: str, now: datetime, not_since: datetime) -> bool:
        """See ``Turns.take``."""
        begun = self._begun.get(store)
        if begun is not None and begun > not_since:
            return False
        self._begun[store] = now
        return True

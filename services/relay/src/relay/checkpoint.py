"""How far the relay has published, and whose turn it is: what every store of it promises."""

from collections.abc import Collection, Sequence
from typing import Protocol

from ordersync_contracts.envelope import Recorded


class Deposed(Exception):
    """Another leader has taken over: its epoch is newer."""

    safe = True


class Checkpoint(Protocol):
    """The position up to which every event is in Kafka; moved only by the newest leader."""

    async def position(self) -> int:
        """The position up to which every event is in Kafka, whoever leads."""
        ...

    async def take_over(self) -> int:
        """Begin a new epoch; returns the position to go on from."""
        ...

    async def move(self, position: int) -> None:
        """Everything up to ``position`` is in Kafka; Deposed when another leader began."""
        ...

    async def set_aside(self, unknown: Sequence[Recorded]) -> None:
        """These have no topic that this relay knows: kept for one that does. Again: no change."""
        ...

    async def aside(self, after: int, limit: int) -> dict[int, str]:
        """Set-aside events after this position: their positions, in order, and names."""
        ...

    async def published_aside(self, positions: Collection[int]) -> None:
        """These are in Kafka now. Again: no change."""
        ...

    async def count_aside(self) -> int:
        """How many events wait for a relay that knows their topic, counted up to 1,000."""
        ...

"""The relay's row in memory: one for all relays, and the epoch that each took."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ordersync_contracts.envelope import Recorded
from relay.checkpoint import Deposed

_COUNTED: Final = 1000


@dataclass
class Published:
    """What all relays share. ``moves``: every position that was checkpointed, in order."""

    position: int = 0
    epoch: int = 0
    unknown: dict[int, str] = field(default_factory=dict)
    moves: list[int] = field(default_factory=list)

    def checkpoint(self) -> "MemoryCheckpoint":
        """One process's."""
        return MemoryCheckpoint(self)


class MemoryCheckpoint:
    """See ``Checkpoint``."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._epoch = 0

    async def position(self) -> int:
        """See ``Checkpoint.position``."""
        return self._published.position

    async def take_over(self) -> int:
        """See ``Checkpoint.take_over``."""
        self._published.epoch += 1
        self._epoch = self._published.epoch
        return self._published.position

    async def move(self, position: int) -> None:
        """See ``Checkpoint.move``."""
        if self._epoch != self._published.epoch:
            raise Deposed(f"epoch {self._epoch} is over")
        self._published.position = position
        self._published.moves.append(position)

    async def set_aside(self, unknown: Sequence[Recorded]) -> None:
        """See ``Checkpoint.set_aside``."""
        for recorded in unknown:
            self._published.unknown.setdefault(recorded.position, recorded.name)

    async def aside(self, after: int, limit: int) -> dict[int, str]:
        """See ``Checkpoint.aside``."""
        unknown = self._published.unknown
        beyond = sorted(position for position in unknown if position > after)
        return {position: unknown[position] for position in beyond[:limit]}

    async def published_aside(self, positions: Collection[int]) -> None:
        """See ``Checkpoint.published_aside``."""
        for position in positions:
            self._published.unknown.pop(position, None)

    async def count_aside(self) -> int:
        """See ``Checkpoint.count_aside``."""
        return min(len(self._published.unknown), _COUNTED)

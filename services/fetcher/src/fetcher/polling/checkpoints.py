"""How far one shop is fetched, as its poller knows and moves it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from fetcher.tables import Checkpoint, Checkpoints, CheckpointStore, Sweep


class ShopCheckpoints:
    """Each checkpoint moves only after the events before it are durable, and only for our epoch."""

    def __init__(self, shop_id: str, at: Checkpoints, store: CheckpointStore) -> None:
        self._shop_id = shop_id
        self._store = store
        self.at = at

    async def move(self, checkpoint: Checkpoint, to: datetime) -> None:
        """Durable when it returns; Overtaken when another poller took the shop over."""
        await self._store.move(self._shop_id, self.at.epoch, checkpoint, to)
        moved: dict[str, Any] = {checkpoint: to}
        self.at = replace(self.at, **moved)

    async def begin(self, checkpoint: Checkpoint, at: datetime) -> None:
        """Set a checkpoint that never was."""
        if getattr(self.at, checkpoint) is None:
            await self.move(checkpoint, at)

    async def sweep(self, status: str, sweep: Sweep) -> None:
        """Durable when it returns; Overtaken when another poller took the shop over."""
        await self._store.sweep(self._shop_id, self.at.epoch, status, sweep)
        self.at = replace(self.at, sweeps={**self.at.sweeps, status: sweep})

    def of(self, checkpoint: Checkpoint) -> datetime | None:
        """Where the checkpoint is."""
        at: datetime | None = getattr(self.at, checkpoint)
        return at

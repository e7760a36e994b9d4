"""How far one shop is fetched, as its poller knows and moves it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from fetcher.tables import Mark, Progress, Progresses


class Marks:
    """Each mark moves only after the events before it are durable, and only for our epoch."""

    def __init__(self, shop_id: str, progress: Progress, polls: Progresses) -> None:
        self._shop_id = shop_id
        self._polls = polls
        self.progress = progress

    async def move(self, mark: Mark, to: datetime) -> None:
        """Durable when it returns; Overtaken when another poller took the shop over."""
        await self._polls.move(self._shop_id, self.progress.epoch, mark, to)
        moved: dict[str, Any] = {mark: to}
        self.progress = replace(self.progress, **moved)

    async def begin(self, mark: Mark, at: datetime) -> None:
        """Set a mark that never was."""
        if getattr(self.progress, mark) is None:
            await self.move(mark, at)

    def of(self, mark: Mark) -> datetime | None:
        """Where the mark is."""
        at: datetime | None = getattr(self.progress, mark)
        return at

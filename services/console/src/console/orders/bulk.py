"""Syncing everything that a filter takes, a page at a time, so that live orders never wait for it.

Runs in the console's process. When that ends halfway, the rest stays *Not synced*, to be asked for
again; what was asked for is recorded.
"""

import asyncio
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from connections.backpressure import Backpressure, InTheWay
from console.backend import Backend, Submission
from console.orders.actions import request_sync
from console.rows import Cursor, OrderFilter

PAGE: Final = 500
_KEPT: Final = 5


@dataclass
class BulkSync:
    """One run: what it takes, who wants it, how far it is."""

    wanted: OrderFilter
    submission: Submission
    total: int
    after: Cursor | None = None
    seen: int = 0
    asked: int = 0
    waits_for: tuple[str, ...] = ()
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class BulkSyncs:
    """The runs of this process, one after the other; the newest are remembered."""

    backend: Backend
    backpressure: Backpressure
    newest: deque[BulkSync] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, wanted: OrderFilter, submission: Submission, total: int) -> BulkSync:
        """Queue a run; the same form again is the same run."""
        for known in self.newest:
            if known.submission.id == submission.id:
                return known
        run = BulkSync(wanted, submission, total)
        self.newest.append(run)
        self._begun.set()
        return run

    @property
    def current(self) -> BulkSync | None:
        """The oldest run that is not done."""
        return next((run for run in self.newest if not run.done.is_set()), None)

    async def work(self) -> None:
        """Carry out one run after the other, for ever. Begun again, it goes on where it was."""
        while True:
            run = self.current
            if run is None:
                self._begun.clear()
                await self._begun.wait()
                continue
            if not await self._next_page(run):
                run.done.set()

    async def _next_page(self, run: BulkSync) -> bool:
        """Ask for the next page of orders; whether there was one."""
        page = await self.backend.rows.orders(run.wanted, after=run.after, limit=PAGE)
        if not page:
            return False
        await self._room(run, {row.shop_id for row in page})
        answers = await request_sync(
            run.submission,
            [(row.shop_id, row.order_id) for row in page if row.may_sync],
            mode="bulk",
        )
        run.after = page[-1].cursor
        run.seen += len(page)
        run.asked += sum(answer.outcome == "asked" for answer in answers)
        return True

    async def _room(self, run: BulkSync, shop_ids: Collection[str]) -> None:
        """Returns once there is room downstream for every store that these shops go to."""

        def waiting(found: InTheWay) -> None:
            run.waits_for = tuple(found)

        shops = await self.backend.shops.all()
        stores = {shop.store for shop in shops if shop.store and shop.shop_id in shop_ids}
        await self.backpressure.room(*sorted(stores), waiting=waiting)
        run.waits_for = ()

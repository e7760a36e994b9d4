"""Syncing everything that a filter takes, a page at a time, so that live orders never wait for it.

Runs in the console's process. When that ends halfway, the rest stays *Not synced*, to be asked for
again; what was asked for is recorded.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from connections.backpressure import LONGEST_S, MOST_RECORDS, Backlog
from console import actions, queries
from console.actions import Request
from console.desk import Desk
from console.rows import OrderFilter, Place

PAGE: Final = 500
MAX_LAG: Final = MOST_RECORDS
Lag = Callable[[], Awaitable[Mapping[str, int]]]
_KEPT: Final = 5
_LOOK_AGAIN_S: Final = 1.0


async def nothing_waits(_store: str) -> float:
    """The bulk lane of a store to which nothing was sent yet."""
    return 0.0


@dataclass
class BulkSync:
    """One run: what it takes, who wants it, how far it is."""

    wanted: OrderFilter
    request: Request
    total: int
    after: Place | None = None
    seen: int = 0
    asked: int = 0
    waits_for: tuple[str, ...] = ()
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class BulkSyncs:
    """The runs of this process, one after the other; the newest are remembered."""

    desk: Desk
    lag: Lag
    backlog: Backlog = nothing_waits
    newest: deque[BulkSync] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, wanted: OrderFilter, request: Request, total: int) -> BulkSync:
        """Queue a run; the same form again is the same run."""
        for known in self.newest:
            if known.request.id == request.id:
                return known
        run = BulkSync(wanted, request, total)
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
        page = await self.desk.rows.orders(run.wanted, after=run.after, limit=PAGE)
        if not page:
            return False
        await self._room(run, {row.shop_id for row in page})
        answers = await actions.request_sync(
            self.desk.store,
            [(row.shop_id, row.order_id) for row in page if row.may_sync],
            run.request,
            clock=self.desk.clock,
            mode="bulk",
        )
        run.after = page[-1].place
        run.seen += len(page)
        run.asked += sum(answer.outcome == "asked" for answer in answers)
        return True

    async def _room(self, run: BulkSync, shop_ids: Collection[str]) -> None:
        """Returns once no group has more than ``MAX_LAG`` records before it, and the bulk lane of
        every store that these shops go to less than ``LONGEST_S`` of its budget.
        """
        shops = [shop for shop in await queries.shops(self.desk.store) if shop.shop_id in shop_ids]
        stores = sorted({shop.store for shop in shops if shop.store})
        while True:
            behind = [group for group, records in (await self.lag()).items() if records > MAX_LAG]
            full = [store for store in stores if await self.backlog(store) > LONGEST_S]
            run.waits_for = (*sorted(behind), *full)
            if not run.waits_for:
                return
            await asyncio.sleep(_LOOK_AGAIN_S)

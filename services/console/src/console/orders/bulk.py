"""Syncing everything that a filter takes, a page at a time, so that live orders never wait for it.

What was asked for is kept: a process that ends leaves its run to whichever comes next.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from connections.backpressure import Backpressure, InTheWay
from console.backend import Backend, Submission
from console.orders.actions import SyncAnswer, request_sync
from console.orders.bulk_runs import BulkRun, BulkRuns, to_json
from console.rows import OrderFilter, OrderRow
from ordersync_contracts.streams import order_stream
from runtime.apart import apart
from runtime.kafka import is_infrastructure
from runtime.turns import is_set_within

log = structlog.get_logger()
PAGE: Final = 500
ROWS: Final = "the list of orders"
"""What a run waits for while the rows are filled again."""
FAILED_WAIT_S: Final = 60.0
"""After so long a run whose page failed is tried again."""


@dataclass
class BulkSyncs:
    """Begins runs and works on them, one page of one at a time.

    ``look_every_s``: how often a run that waits for room, or that another process began, is looked
    at.
    """

    backend: Backend
    backpressure: Backpressure
    runs: BulkRuns
    look_every_s: float
    _begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, wanted: OrderFilter, submission: Submission, total: int) -> bool:
        """Queue a run; whether it is a new one: the same form again is the same run."""
        begun_at = await self.backend.store.head()
        run = BulkRun(submission.id, submission.by, to_json(wanted), total, begun_at=begun_at)
        is_new = await self.runs.begin(run)
        self._begun.set()
        return is_new

    async def work(self) -> None:
        """For ever: the next page of the run whose turn it is."""
        while True:
            if not await self.work_off_page():
                self._begun.clear()
                await is_set_within(self._begun, self.look_every_s)

    async def work_off_page(self) -> bool:
        """Ask for the next page of whichever run can get on; whether there was one to look at.

        A run without room, or whose page fails, is put off: the others go before it.
        """
        run = await self.runs.claim()
        if run is None:
            return False
        try:
            await self._next_page(run)
        except Exception as error:
            if is_infrastructure(error):
                raise
            log.exception("bulk_sync.page_failed", run=run.id)
            await self.runs.put_off(run, FAILED_WAIT_S, trouble=type(error).__name__)
        return True

    async def _next_page(self, run: BulkRun) -> None:
        page = await self._page(run)
        if page is None:
            await self.runs.put_off(run, self.look_every_s, waits_for=[ROWS])
            return
        if not page:
            await self.runs.finish(run)
            return
        waits_for = await self._in_the_way({row.shop_id for row in page})
        if waits_for:
            await self.runs.put_off(run, self.look_every_s, waits_for=[*waits_for])
            return
        asked = await self._ask(run, page)
        await self.runs.go_on(run, str(page[-1].cursor), len(page), asked)

    async def _page(self, run: BulkRun) -> Sequence[OrderRow] | None:
        """None while the rows lack orders that there were when the run was begun.

        They are filled again after they were emptied (``ordersync console rebuild``), which may
        happen at any time: both before and after the page was read nothing may be missing.
        """
        if await self._lack_orders(run):
            return None
        page = await self.backend.rows.orders(run.selection, after=run.cursor, limit=PAGE)
        return None if await self._lack_orders(run) else page

    async def _lack_orders(self, run: BulkRun) -> bool:
        return await self.backend.rows.position() < run.begun_at

    async def _ask(self, run: BulkRun, page: Collection[OrderRow]) -> int:
        """Ask for these orders as the person who began it; asked again, it is the same wish.

        One that cannot be read is not asked for, and holds up no other.
        """
        submission = Submission(self.backend.store, self.backend.clock, run.by, run.id)
        asked: list[SyncAnswer] = []

        async def ask(wanted: Sequence[tuple[str, str]]) -> None:
            answers = await request_sync(submission, wanted, mode="bulk")
            asked.extend(answer for answer in answers if answer.outcome == "asked")

        await apart([(row.shop_id, row.order_id) for row in page if row.may_sync], ask, _not_asked)
        return len(asked)

    async def _in_the_way(self, shop_ids: Collection[str]) -> InTheWay:
        """What the stores that these shops go to have before them; empty: there is room."""
        shops = await self.backend.shops.all()
        stores = {shop.store for shop in shops if shop.store and shop.shop_id in shop_ids}
        found: Mapping[str, float] = await self.backpressure.in_the_way(*sorted(stores))
        return found


async def _not_asked(wanted: tuple[str, str], error: Exception) -> None:
    log.error("bulk_sync.order_not_asked", stream=order_stream(*wanted), exc_info=error)

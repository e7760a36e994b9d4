"""Syncing everything that a filter takes, a page at a time, so that live orders never wait for it.

What was asked for is kept: a process that ends leaves its run to whichever comes next.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from connections.backpressure import Backpressure, InTheWay
from console.backend import Backend, Submission
from console.orders.actions import SyncAnswer, request_sync
from console.orders.bulk_runs import BulkRun, BulkRuns, to_json
from console.rows import OrderFilter, OrderRow
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

    async def begin(self, wanted: OrderFilter, submission: Submission, most: int) -> int:
        """Queue what the filter takes, each shop's orders as a run of their own, since each store
        has its own room; how many orders there are, counted up to ``most`` for each.

        The same form again is the same runs.
        """
        total, begun_at = 0, await self.backend.store.head()
        for run_id, selection in (await self._selections(wanted, submission.id)).items():
            run = BulkRun(run_id, submission.by, to_json(selection), 0, begun_at=begun_at)
            lacked = await self._lack_orders(run)
            orders = await self.backend.rows.count(selection, limit=most)
            total += orders
            if orders or lacked or await self._lack_orders(run):
                await self.runs.begin(replace(run, total=orders))
        self._begun.set()
        return total

    async def _selections(self, wanted: OrderFilter, form_id: str) -> Mapping[str, OrderFilter]:
        ids = await self.backend.shops.ids()
        if wanted.shop_id is not None or len(ids) <= 1:
            return {form_id: wanted}
        return {f"{form_id}-{shop_id}": replace(wanted, shop_id=shop_id) for shop_id in ids}

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
        answers = await self._ask(run, page)
        done = Counter(answer.outcome for answer in answers)
        place = str(page[-1].cursor)
        await self.runs.go_on(run, place, len(page), done["asked"], done["not_asked"])

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

    async def _ask(self, run: BulkRun, page: Collection[OrderRow]) -> Sequence[SyncAnswer]:
        """Ask for these orders as the person who began it; asked again, it is the same wish."""
        submission = Submission(self.backend.store, self.backend.clock, run.by, run.id)
        wanted = [(row.shop_id, row.order_id) for row in page if row.may_sync]
        return await request_sync(submission, wanted, mode="bulk")

    async def _in_the_way(self, shop_ids: Collection[str]) -> InTheWay:
        """What the stores that these shops go to have before them; empty: there is room."""
        shops = await self.backend.shops.all()
        stores = {shop.store for shop in shops if shop.store and shop.shop_id in shop_ids}
        found: Mapping[str, float] = await self.backpressure.in_the_way(*sorted(stores))
        return found

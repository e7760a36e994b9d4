"""Which shops this process follows: one poller per shop among any number of replicas.

A shop's advisory lock says who polls it, and each replica takes its fair share. Each shop is
followed by a task of its own, so that a slow or throttled one delays no other.
"""

import asyncio
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from math import ceil
from typing import Final

import structlog

from connections.shop_book import ShopBook
from fetcher.metrics import Metrics
from fetcher.polling.schedule import ShopSchedule
from runtime.session import OpenSession, Session

log = structlog.get_logger()
LOCK_SPACE: Final = 7306
MEMBER_SPACE: Final = 7309


@dataclass(frozen=True, slots=True)
class Assignment:
    """Follows its share of the connected shops, each while this process has its lock."""

    book: ShopBook
    schedule: Callable[[str], ShopSchedule]
    open_session: OpenSession
    metrics: Metrics
    _: KW_ONLY
    member: str
    look_every_s: float
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _schedules: dict[str, ShopSchedule] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Until the session's lease is lost; then every shop may be another's."""
        self._tasks.clear()
        self._schedules.clear()
        async with self.open_session() as session:
            await session.try_lock(MEMBER_SPACE, self.member)
            async with asyncio.TaskGroup() as tasks:
                while True:
                    session.lease.check()
                    await self._share_out(session, tasks)
                    self._show()
                    await asyncio.sleep(self.look_every_s)

    async def _share_out(self, session: Session, tasks: asyncio.TaskGroup) -> None:
        connected = [shop.shop_id for shop in await self.book.all() if shop.is_connected]
        members = max(await session.held(MEMBER_SPACE), 1)
        share = ceil(len(connected) / members)
        kept = [shop_id for shop_id in self._tasks if shop_id in set(connected)][:share]
        for shop_id in [shop_id for shop_id in self._tasks if shop_id not in kept]:
            await self._let_go(session, shop_id)
        for shop_id in connected:
            if len(self._tasks) >= share:
                return
            if shop_id not in self._tasks and await session.try_lock(LOCK_SPACE, shop_id):
                schedule = self._schedules[shop_id] = self.schedule(shop_id)
                self._tasks[shop_id] = tasks.create_task(schedule.run(session.lease.check))

    async def _let_go(self, session: Session, shop_id: str) -> None:
        task = self._tasks.pop(shop_id)
        del self._schedules[shop_id]
        task.cancel()
        await asyncio.wait([task])
        await session.unlock(LOCK_SPACE, shop_id)
        log.info("shop.let_go", shop=shop_id)

    def _show(self) -> None:
        self.metrics.following(len(self._tasks))
        pollers = [schedule.poller for schedule in self._schedules.values() if schedule.poller]
        until = [poller.complete_until for poller in pollers]
        proven = [at for at in until if at is not None]
        self.metrics.complete(min(proven) if until and len(proven) == len(until) else None)

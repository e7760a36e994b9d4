"""Which shops this process follows: one poller per shop among any number of replicas.

A shop's advisory lock says who polls it, and each replica takes its fair share. Each shop is
followed by a task of its own, so that a slow or throttled one delays no other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore import EventStore
from fetcher.metrics import Metrics
from fetcher.polling.fixed_rate import FixedRate
from fetcher.polling.schedule import Poller, ShopSchedule, Surroundings
from runtime.clock import Clock, monotonic
from runtime.randomness import system_chance
from runtime.session import Session

log = structlog.get_logger()
LOCK_SPACE: Final = 7306
MEMBER_SPACE: Final = 7309
_LOOK_FOR_SHOPS_S: Final = 1.0
TakeOver = Callable[[str], Awaitable[Poller]]


class Assignment:
    """Follows its share of the connected shops, each while this process has its lock."""

    def __init__(
        self,
        store: EventStore,
        book: ShopBook,
        take_over: TakeOver,
        clock: Clock,
        metrics: Metrics,
        *,
        interval_s: float,
        member: str,
    ) -> None:
        self._around = Surroundings(store, book, clock, metrics)
        self._book = book
        self._take_over = take_over
        self._metrics = metrics
        self._interval_s = interval_s
        self._member = member
        self._followed: dict[str, asyncio.Task[None]] = {}
        self._pollers: dict[str, Poller] = {}

    async def run(self, session: Session) -> None:
        """Until the session's lease is lost; then every shop may be another's."""
        self._followed.clear()
        self._pollers.clear()
        await session.try_lock(MEMBER_SPACE, self._member)
        async with asyncio.TaskGroup() as tasks:
            while True:
                session.lease.check()
                await self._share_out(session, tasks)
                self._show()
                await asyncio.sleep(_LOOK_FOR_SHOPS_S)

    async def _share_out(self, session: Session, tasks: asyncio.TaskGroup) -> None:
        connected = [shop.shop_id for shop in await self._book.all() if shop.is_connected]
        members = max(await session.held(MEMBER_SPACE), 1)
        share = ceil(len(connected) / members)
        kept = [one for one in self._followed if one in set(connected)][:share]
        for shop_id in self._followed.keys() - set(kept):
            await self._let_go(session, shop_id)
        for shop_id in connected:
            if len(self._followed) >= share:
                return
            if shop_id not in self._followed and await session.try_lock(LOCK_SPACE, shop_id):
                self._followed[shop_id] = tasks.create_task(self._follow(shop_id, session))

    async def _let_go(self, session: Session, shop_id: str) -> None:
        task = self._followed.pop(shop_id)
        self._pollers.pop(shop_id, None)
        task.cancel()
        await asyncio.wait([task])
        await session.unlock(LOCK_SPACE, shop_id)
        log.info("shop.let_go", shop=shop_id)

    async def _follow(self, shop_id: str, session: Session) -> None:
        poller = self._pollers[shop_id] = await self._take_over(shop_id)
        log.info("shop.followed", shop=shop_id)
        beat = FixedRate(self._interval_s, monotonic, system_chance)
        await ShopSchedule(shop_id, poller, self._around, beat).run(session.lease.check)

    def _show(self) -> None:
        self._metrics.following(len(self._followed))
        known = [poller.complete_until for poller in self._pollers.values()]
        proven = [one for one in known if one is not None]
        self._metrics.complete(min(proven) if known and len(proven) == len(known) else None)

"""One shop's rounds, on a fixed beat, and its bulk beside them.

A round begins at its beat, however long the last one took; beats that a slow round missed are left
out. Bulk runs as a task of its own, so that no round waits for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from eventstore import EventStore
from fetcher import authorisation
from fetcher.authorisation import ENDED
from fetcher.metrics import Metrics
from fetcher.polling.fixed_rate import FixedRate
from fetcher.reading.paging import PageTokenLoops
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.keep_running import passes
from runtime.randomness import system_chance
from tiktok.errors import AuthorizationLost, ShopNotCovered, TikTokError

log = structlog.get_logger()
ASK_AGAIN_EVERY: Final = timedelta(minutes=5)
"""How often TikTok is asked whether it accepts a paused shop's authorisation again."""
_BACKOFF: Final = Backoff(first=1.0, longest=300.0)
_PASSING = (TikTokError, PageTokenLoops)
_DEAD = (AuthorizationLost, ShopNotCovered, GrantMissing)
Work = Callable[[Shop, Clock], Awaitable[int]]
"""A round, or some bulk: returns how many orders changed."""


class Poller(Protocol):
    """One shop's poller, see ``polling.ShopPoller``."""

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        ...

    async def step(self, shop: Shop, clock: Clock) -> int:
        """One round."""
        ...

    def is_bulk_due(self, shop: Shop, clock: Clock) -> bool:
        """Whether there is anything to do beside the rounds."""
        ...

    async def bulk(self, shop: Shop, clock: Clock) -> int:
        """Some of it."""
        ...

    async def is_accepted(self, shop: Shop) -> bool:
        """Whether TikTok accepts the shop's authorisation now."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the rounds of all shops share."""

    store: EventStore
    book: ShopBook
    clock: Clock
    metrics: Metrics


class ShopSchedule:
    """Follows one shop until cancelled; raises only what concerns more than this shop."""

    def __init__(self, shop_id: str, poller: Poller, around: Surroundings, beat: FixedRate) -> None:
        self._shop_id = shop_id
        self._poller = poller
        self._around = around
        self._beat = beat
        self._failures = {"poll": 0, "bulk": 0}
        self._bulk: asyncio.Task[None] | None = None
        self._asked_at = around.clock()

    async def run(self, check: Callable[[], None]) -> None:
        """``check`` raises when this process may follow nobody any more."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                check()
                await self._round(await self._around.book.get(self._shop_id), tasks)

    async def _round(self, shop: Shop, tasks: asyncio.TaskGroup) -> None:
        wait_s = 0.0
        if shop.is_connected and shop.pause_of("tiktok") is None:
            wait_s = await self._guarded("poll", self._poller.step, shop) or 0.0
            self._begin_bulk(shop, tasks)
        elif self._around.clock() - self._asked_at >= ASK_AGAIN_EVERY:
            self._asked_at = self._around.clock()
            await self._ask_again(shop)
        await asyncio.sleep(max(wait_s, self._beat.wait_s()))

    def _begin_bulk(self, shop: Shop, tasks: asyncio.TaskGroup) -> None:
        is_idle = self._bulk is None or self._bulk.done()
        if is_idle and self._poller.is_bulk_due(shop, self._around.clock):
            self._bulk = tasks.create_task(self._do_bulk(shop))

    async def _do_bulk(self, shop: Shop) -> None:
        """All that is due, piece by piece; after a failure the rest waits for a later round."""
        while self._poller.is_bulk_due(shop, self._around.clock):
            wait_s = await self._guarded("bulk", self._poller.bulk, shop)
            if wait_s is not None:
                await asyncio.sleep(wait_s)
                return
            shop = await self._around.book.get(self._shop_id)

    async def _guarded(self, name: str, work: Work, shop: Shop) -> float | None:
        """Do it; None when all went well, else how long to wait after so many failures."""
        try:
            changed = await work(shop, self._around.clock)
        except _DEAD as error:
            log.warning("shop.authorization_ended", shop=shop.shop_id, error=type(error).__name__)
            await authorisation.pause(self._around.store, shop, self._around.clock)
            return 0.0
        except Exception as error:
            if passes(error, (Overtaken,)):
                raise  # the store is away, or the shop another's: no shop can be followed
            self._failures[name] += 1
            return _wait_after(self._shop_id, error, self._failures[name])
        else:
            self._around.metrics.fetched(name, changed)
            if changed:
                log.info("orders.fetched", shop=shop.shop_id, orders=changed, by=name)
        self._failures[name] = 0
        return None

    async def _ask_again(self, shop: Shop) -> None:
        """A pause ends by itself when its cause has gone."""
        if shop.pause_of("tiktok") != ENDED:
            return
        try:
            is_accepted = await self._poller.is_accepted(shop)
        except (*_PASSING, *_DEAD):
            return
        if is_accepted:
            log.info("shop.authorization_back", shop=shop.shop_id)
            await authorisation.resume(self._around.store, shop, self._around.clock)


def _wait_after(shop_id: str, error: Exception, failures: int) -> float:
    """This shop alone is read again later, also after a surprise: it is one shop's."""
    if isinstance(error, _PASSING):
        log.warning("shop.not_read", shop=shop_id, error=type(error).__name__, why=str(error))
    else:
        log.error("shop.surprised", shop=shop_id, exc_info=error)
    asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
    return max(asked_s or 0.0, _BACKOFF.delay(failures, system_chance))

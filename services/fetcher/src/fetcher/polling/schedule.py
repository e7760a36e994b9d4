"""One shop's rounds, at a fixed rate, and its bulk beside them.

A round begins when it is due, however long the last one took; those that a slow round missed are
left out. Bulk runs as a task of its own, so that no round waits for it.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import structlog

from connections.probing import Probing
from connections.shop_book import ShopBook
from fetcher.authorisations import LOST, SIDE, Authorisations
from fetcher.metrics import Metrics
from fetcher.polling.poller import ShopPoller
from fetcher.reading.shop_calls import PageTokenLoops
from fetcher.settings import FetcherSettings
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from runtime.clock import Clocks, Monotonic
from runtime.keep_running import passes
from runtime.randomness import Chance
from tiktok.errors import TikTokError, TokenExpired

log = structlog.get_logger()
_PASSING = (TikTokError, PageTokenLoops)
_TOO_OFTEN: Final = 3
TakeOver: TypeAlias = Callable[[str], Awaitable[ShopPoller]]
"""Makes the shop's newest poller; the one before can move no checkpoint any more."""
Work: TypeAlias = Callable[[Shop], Awaitable[int]]
"""A round, or some bulk: returns how many orders changed."""


class FixedRate:
    """Every ``interval_s``. The second time comes at a random moment of the first interval.

    So shops that are taken over together are not asked for together ever after.
    """

    def __init__(self, interval_s: float, monotonic: Monotonic, chance: Chance) -> None:
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._next = monotonic() + interval_s * chance()

    def wait_s(self) -> float:
        """Seconds until the next time; those that have passed already are left out."""
        now = self._monotonic()
        if self._next <= now:
            missed = (now - self._next) // self._interval_s
            self._next += (missed + 1) * self._interval_s
        wait = self._next - now
        self._next += self._interval_s
        return wait


@dataclass(slots=True)
class ShopSchedule:
    """Follows one shop until cancelled; raises only what concerns more than this shop."""

    take_over: TakeOver
    book: ShopBook
    authorisations: Authorisations
    metrics: Metrics
    settings: FetcherSettings
    clocks: Clocks
    chance: Chance
    shop_id: str
    poller: ShopPoller | None = field(default=None, init=False)
    _bulk: asyncio.Task[None] | None = field(default=None, init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _refused: Work | None = field(default=None, init=False)

    async def run(self, check: Callable[[], None]) -> None:
        """``check`` raises when this process may follow nobody any more."""
        poller = self.poller = await self.take_over(self.shop_id)
        log.info("shop.followed", shop=self.shop_id)
        rate = FixedRate(self.settings.poll_interval_s, self.clocks.monotonic, self.chance)
        probing = Probing(SIDE, self.settings.waits, self.clocks.wall, self.chance)
        async with asyncio.TaskGroup() as tasks:
            while True:
                check()
                shop, wait_s = await self.book.get(self.shop_id), 0.0
                if shop.is_connected and shop.pause_of(SIDE) is None:
                    wait_s = await self._guarded("poll", poller.step, shop) or 0.0
                    self._begin_bulk(poller, shop, tasks)
                elif probing.is_due(shop):
                    await self._ask_again(poller, shop)
                await asyncio.sleep(max(wait_s, rate.wait_s()))

    def _begin_bulk(self, poller: ShopPoller, shop: Shop, tasks: asyncio.TaskGroup) -> None:
        is_idle = self._bulk is None or self._bulk.done()
        if is_idle and poller.is_bulk_due(shop):
            self._bulk = tasks.create_task(self._do_bulk(poller, shop))

    async def _do_bulk(self, poller: ShopPoller, shop: Shop) -> None:
        """All that is due, piece by piece; after a failure the rest waits for a later round."""
        while poller.is_bulk_due(shop):
            wait_s = await self._guarded("bulk", poller.bulk, shop)
            if wait_s is not None:
                await asyncio.sleep(wait_s)
                return
            shop = await self.book.get(self.shop_id)

    async def _guarded(self, name: str, work: Work, shop: Shop) -> float | None:
        """Do it; None when all went well, else how long to wait after so many failures."""
        try:
            changed = await work(shop)
        except Exception as error:
            if passes(error, (Overtaken,)):
                raise  # the store is away, or the shop another's: no shop can be followed
            self._failures[name] += 1
            if self._is_refusal(name, error):
                self._refused = work
                await self.authorisations.pause(shop, error)
                return 0.0
            return self._wait_after(error, self._failures[name])
        self.metrics.fetched(name, changed)
        if changed:
            log.info("orders.fetched", shop=shop.shop_id, orders=changed, by=name)
        self._failures[name] = 0
        return None

    def _wait_after(self, error: Exception, failures: int) -> float:
        """This shop alone is read again later, also after a surprise: it is one shop's."""
        if isinstance(error, _PASSING):
            name = type(error).__name__
            log.warning("shop.not_read", shop=self.shop_id, error=name, why=str(error))
        else:
            log.error("shop.surprised", shop=self.shop_id, exc_info=error)
        asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
        return max(asked_s or 0.0, self.settings.waits.shop.delay(failures, self.chance))

    def _is_refusal(self, name: str, error: Exception) -> bool:
        """Whether the shop's authorisation is refused, and not this time alone.

        A token that was just given and is refused may be too new to be known everywhere.
        """
        is_refused_again = isinstance(error, TokenExpired) and self._failures[name] >= _TOO_OFTEN
        return isinstance(error, LOST) or is_refused_again

    async def _ask_again(self, poller: ShopPoller, shop: Shop) -> None:
        """A pause ends by itself when what was refused is done: another call proves nothing."""
        work = self._refused or poller.step
        try:
            await work(shop)
        except (*_PASSING, *LOST) as error:
            log.info("shop.still_refused", shop=shop.shop_id, error=type(error).__name__)
            return
        self._refused = None
        self._failures.clear()
        await self.authorisations.resume(shop)

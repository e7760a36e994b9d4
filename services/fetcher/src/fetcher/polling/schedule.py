"""One shop's rounds, at a fixed rate, and every other kind of work beside them.

A round begins when it is due, however long the last one took; those that a slow round missed are
left out. It polls orders. Each other kind of work (``kinds``) runs in a task of its lane, so that
no round waits for it, and fails by itself: only what lies outside of the shop ends the following.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import structlog

from connections.probing import Probing
from connections.shop_book import ShopBook
from eventstore.journal import Contention
from fetcher.authorisations import LOST, SIDE, Authorisations
from fetcher.metrics import Metrics
from fetcher.polling.kinds import Kind, Lanes
from fetcher.polling.poller import ShopPoller
from fetcher.reading.shop_calls import PageTokenLoops
from fetcher.settings import FetcherSettings
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from runtime.clock import Clocks, Monotonic
from runtime.keep_running import passes
from runtime.randomness import Chance
from tiktok.errors import ScopeMissing, TikTokError, TokenExpired

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
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _refused: str = field(default="", init=False)
    _poll: asyncio.Task[None] | None = field(default=None, init=False)
    _probe: asyncio.Task[None] | None = field(default=None, init=False)

    async def run(self, check: Callable[[], None]) -> None:
        """``check`` raises when this process may follow nobody any more."""
        poller = self.poller = await self.take_over(self.shop_id)
        log.info("shop.followed", shop=self.shop_id)
        rate = FixedRate(self.settings.poll_interval_s, self.clocks.monotonic, self.chance)
        lanes = Lanes(poller.kinds, self._attempt, self._look, self.clocks.monotonic)
        probing = Probing(SIDE, self.settings.waits, self.clocks.wall, self.chance)
        async with asyncio.TaskGroup() as tasks:
            while True:
                check()
                shop = await self.book.get(self.shop_id)
                if shop.is_connected and shop.pause_of(SIDE) is not None:
                    self._begin_probe(poller, probing, shop, tasks)
                else:
                    await self._end_probe()
                if _is_open(shop):
                    self._begin_poll(poller, shop, tasks)
                    lanes.begin(shop, tasks)
                await asyncio.sleep(rate.wait_s())

    async def _look(self) -> Shop | None:
        """The shop as it is now; None while nothing of it may be asked for."""
        shop = await self.book.get(self.shop_id)
        return shop if _is_open(shop) else None

    def _begin_poll(self, poller: ShopPoller, shop: Shop, tasks: asyncio.TaskGroup) -> None:
        """A round that lasts is waited for; so is the one that failed, with growing waits."""

        async def poll() -> None:
            await asyncio.sleep(await self._guarded("poll", poller.poll, shop) or 0.0)

        if self._poll is None or self._poll.done():
            self._poll = tasks.create_task(poll())

    def _begin_probe(
        self, poller: ShopPoller, probing: Probing, shop: Shop, tasks: asyncio.TaskGroup
    ) -> None:
        """Beside the loop: it sees meanwhile that the seller is back."""
        is_idle = self._probe is None or self._probe.done()
        if is_idle and probing.is_due(shop):
            self._probe = tasks.create_task(self._ask_again(poller, shop))

    async def _end_probe(self) -> None:
        """What outlives its pause is in the way of what it asks for."""
        probe, self._probe = self._probe, None
        if probe is not None and not probe.done():
            probe.cancel()
            await asyncio.wait([probe])

    async def _attempt(self, kind: Kind, shop: Shop) -> float | None:
        return await self._guarded(kind.name, kind.do, shop)

    async def _guarded(self, name: str, work: Work, shop: Shop) -> float | None:
        """Do it; None when all went well, else how long to wait after so many failures."""
        try:
            changed = await work(shop)
        except Exception as error:
            if _concerns_all(error):
                raise
            self._failures[name] += 1
            if self._is_refusal(name, error):
                self._refused = name
                await self.authorisations.pause(shop, error)
                return 0.0
            return self._wait_after(name, error)
        self.metrics.fetched(name.partition(" ")[0], changed)
        if changed:
            log.info("orders.fetched", shop=shop.shop_id, orders=changed, by=name)
        self._failures[name] = 0
        return None

    def _wait_after(self, name: str, error: Exception) -> float:
        """This kind of work for this shop alone is tried again later, also after a surprise."""
        failures = self._failures[name]
        self.metrics.failed(name.partition(" ")[0])
        if isinstance(error, _PASSING):
            said = {"error": type(error).__name__, "why": str(error), "failures": failures}
            log.warning("shop.not_read", shop=self.shop_id, kind=name, **said)
        else:
            log.error("shop.surprised", shop=self.shop_id, kind=name, exc_info=error)
        asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
        return max(asked_s or 0.0, self.settings.waits.shop.delay(failures, self.chance))

    def _is_refusal(self, name: str, error: Exception) -> bool:
        """Whether the shop's authorisation is refused, and not this time alone.

        Orders are polled without the permissions that only another kind of work needs. A token
        that was just given and is refused may be too new to be known everywhere.
        """
        if isinstance(error, ScopeMissing) and name != "poll":
            return False
        is_refused_again = isinstance(error, TokenExpired) and self._failures[name] >= _TOO_OFTEN
        return isinstance(error, LOST) or is_refused_again

    async def _ask_again(self, poller: ShopPoller, shop: Shop) -> None:
        """A pause ends by itself when what was refused is done, or a poll.

        Work that has no call to make, or waits for room before it, proves nothing.
        """
        again = (k.do for k in poller.kinds if self._can_prove(k, shop))
        work: Work = next(again, poller.poll)
        try:
            await work(shop)
        except Exception as error:
            if _concerns_all(error):
                raise
            log.info("shop.still_refused", shop=shop.shop_id, error=type(error).__name__)
            return
        self._refused = ""
        self._failures.clear()
        await self.authorisations.resume(shop)

    def _can_prove(self, kind: Kind, shop: Shop) -> bool:
        return kind.name == self._refused and kind.asks_at_once and kind.is_due(shop)


def _is_open(shop: Shop) -> bool:
    return shop.is_connected and shop.pause_of(SIDE) is None


def _concerns_all(error: Exception) -> bool:
    """The store is away, or the shop another's: no shop can be followed.

    Other writers in this shop's streams are its own matter.
    """
    return passes(error, (Overtaken,)) and not isinstance(error, Contention)

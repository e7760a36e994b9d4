"""Which shops this process follows: one poller per shop among any number of replicas.

A shop's advisory lock says who polls it, and each replica takes its fair share. Each shop is
followed by a task of its own, so that a slow or throttled one delays no other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Protocol

import structlog

from connections.grants import GrantMissing
from eventstore import EventStore
from fetcher import authorisation
from fetcher.authorisation import ENDED
from fetcher.figures import Figures
from fetcher.paging import PageTokenLoops
from fetcher.shopbook import ShopBook
from fetcher.tables import Overtaken
from lifecycle.shop import Shop
from runtime.backoff import Backoff, system_chance
from runtime.clock import Clock
from runtime.persistence import passes
from runtime.session import Session
from tiktok.errors import AuthorizationLost, ShopNotCovered, TikTokError

log = structlog.get_logger()
LOCK_SPACE: Final = 7306
MEMBER_SPACE: Final = 7309
ASK_AGAIN_EVERY: Final = timedelta(minutes=5)
"""How often TikTok is asked whether it accepts a paused shop's authorisation again."""
_LOOK_FOR_SHOPS_S: Final = 1.0
_BACKOFF: Final = Backoff(first=1.0, longest=300.0)
_PASSING = (TikTokError, PageTokenLoops)
_DEAD = (AuthorizationLost, ShopNotCovered, GrantMissing)
Wait = Callable[[int], float]


class Poller(Protocol):
    """One shop's poller, see ``polling.ShopPoller``."""

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        ...

    def has_history_left(self, shop: Shop) -> bool:
        """Whether it should step again at once."""
        ...

    async def step(self, shop: Shop, clock: Clock) -> int:
        """One round."""
        ...

    async def is_accepted(self, shop: Shop) -> bool:
        """Whether TikTok accepts the shop's authorisation now."""
        ...


TakeOver = Callable[[str], Awaitable[Poller]]


class Following:
    """Follows its share of the connected shops, each while this process has its lock."""

    def __init__(
        self,
        store: EventStore,
        book: ShopBook,
        take_over: TakeOver,
        clock: Clock,
        figures: Figures,
        *,
        interval_s: float,
        member: str,
    ) -> None:
        self._store = store
        self._book = book
        self._take_over = take_over
        self._clock = clock
        self._figures = figures
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
        await self._book.refresh()
        connected = [shop.shop_id for shop in self._book.connected()]
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
        failures = 0
        asked_at = self._clock()
        while True:
            session.lease.check()
            await self._book.refresh()
            shop = self._book.shop(shop_id)
            wait_s = self._interval_s
            if shop.is_connected and shop.pause_of("tiktok") is None:
                failed = await self._step(poller, shop)
                failures = failures + 1 if failed is not None else 0
                wait_s = failed(failures) if failed else self._pace(poller, shop)
            elif self._clock() - asked_at >= ASK_AGAIN_EVERY:
                asked_at = self._clock()
                await self._ask_again(poller, shop)
            await asyncio.sleep(wait_s)

    def _pace(self, poller: Poller, shop: Shop) -> float:
        return min(self._interval_s, 0.1) if poller.has_history_left(shop) else self._interval_s

    async def _step(self, poller: Poller, shop: Shop) -> Wait | None:
        """None when all went well; else how long to wait after so many failures."""
        try:
            changed = await poller.step(shop, self._clock)
        except _DEAD as error:
            log.warning("shop.authorization_ended", shop=shop.shop_id, error=type(error).__name__)
            await authorisation.pause(self._store, shop, self._clock)
        except Exception as error:
            if passes(error, (Overtaken,)):
                raise  # the store is away, or the shop another's: no shop can be followed
            return _wait_after(shop.shop_id, error)
        else:
            self._figures.fetched("poll", changed)
            if changed:
                log.info("orders.fetched", shop=shop.shop_id, orders=changed)
        return None

    async def _ask_again(self, poller: Poller, shop: Shop) -> None:
        """A pause ends by itself when its cause has gone."""
        if shop.pause_of("tiktok") != ENDED:
            return
        try:
            is_accepted = await poller.is_accepted(shop)
        except (*_PASSING, *_DEAD):
            return
        if is_accepted:
            log.info("shop.authorization_back", shop=shop.shop_id)
            await authorisation.resume(self._store, shop, self._clock)

    def _show(self) -> None:
        self._figures.following(len(self._followed))
        known = [poller.complete_until for poller in self._pollers.values()]
        proven = [one for one in known if one is not None]
        self._figures.complete(min(proven) if known and len(proven) == len(known) else None)


def _wait_after(shop_id: str, error: Exception) -> Wait:
    """This shop alone is read again later, also after a surprise: it is one shop's."""
    if isinstance(error, _PASSING):
        log.warning("shop.not_read", shop=shop_id, error=type(error).__name__, why=str(error))
    else:
        log.error("shop.surprised", shop=shop_id, exc_info=error)
    asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
    return lambda failures: max(asked_s or 0.0, _BACKOFF.delay(failures, system_chance))

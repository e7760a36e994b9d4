"""Which shops this process follows: one poller per shop among any number of replicas.

A shop's advisory lock says who polls it; each shop is followed by a task of its own, so that a slow
or throttled one delays no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from connections.grants import GrantMissing
from contracts import events
from contracts.streams import shop_stream
from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from fetcher.ingest import SOURCE
from fetcher.polling import ShopPoller
from fetcher.reading import PageTokenLoops
from fetcher.tables import Overtaken
from lifecycle import shop as shops
from lifecycle.shop import Shop
from runtime.backoff import Backoff, system_chance
from runtime.clock import Clock
from runtime.persistence import passes
from runtime.session import Session
from tiktok.errors import AuthorizationLost, ShopNotCovered, TikTokError

log = structlog.get_logger()
LOCK_SPACE: Final = 7306
ENDED: Final = "tiktok_authorization_ended"
_LOOK_FOR_SHOPS_S: Final = 1.0
_BACKOFF: Final = Backoff(first=1.0, longest=300.0)
_PASSING = (TikTokError, PageTokenLoops)
_DEAD = (AuthorizationLost, ShopNotCovered, GrantMissing)
TakeOver = Callable[[str], Awaitable[ShopPoller]]


class Following:
    """Follows every connected shop whose lock this process gets."""

    def __init__(
        self, store: EventStore, take_over: TakeOver, clock: Clock, *, interval_s: float
    ) -> None:
        self._store = store
        self._take_over = take_over
        self._clock = clock
        self._interval_s = interval_s
        self._followed: set[str] = set()

    async def run(self, session: Session) -> None:
        """Until the session's lease is lost; then every shop may be another's."""
        self._followed.clear()
        async with asyncio.TaskGroup() as tasks:
            while True:
                session.lease.check()
                for shop in await self._connected():
                    if shop.shop_id not in self._followed and await session.try_lock(
                        LOCK_SPACE, shop.shop_id
                    ):
                        self._followed.add(shop.shop_id)
                        tasks.create_task(self._follow(shop.shop_id, session))
                await asyncio.sleep(_LOOK_FOR_SHOPS_S)

    async def _connected(self) -> list[Shop]:
        histories = await self._store.read_many(await self._store.streams("shop"))
        folded = [shops.fold(history) for history in histories.values()]
        return [shop for shop in folded if shop.is_connected]

    async def _follow(self, shop_id: str, session: Session) -> None:
        poller = await self._take_over(shop_id)
        log.info("shop.followed", shop=shop_id)
        failures = 0
        while True:
            session.lease.check()
            shop = shops.fold(await self._store.read(shop_stream(shop_id)))
            wait_s = self._interval_s
            if shop.is_connected and shop.pause_of("tiktok") is None:
                failed = await self._step(poller, shop)
                failures = failures + 1 if failed is not None else 0
                wait_s = failed(failures) if failed is not None else wait_s
            await asyncio.sleep(wait_s)

    async def _step(self, poller: ShopPoller, shop: Shop) -> Callable[[int], float] | None:
        """None when all went well; else how long to wait after so many failures."""
        try:
            changed = await poller.step(shop, self._clock)
        except _DEAD as error:
            log.warning("shop.authorization_ended", shop=shop.shop_id, error=type(error).__name__)
            await self._pause(shop)
        except Exception as error:
            if passes(error, (Overtaken,)):
                raise  # the store is away, or the shop another's: no shop can be followed
            return _wait_after(shop.shop_id, error)
        else:
            if changed:
                log.info("orders.fetched", shop=shop.shop_id, orders=changed)
        return None

    async def _pause(self, shop: Shop) -> None:
        """Unless the shop's stream has moved since: then the seller may be back already."""
        stream = shop_stream(shop.shop_id)
        paused = events.ShopPaused(shop_id=shop.shop_id, side="tiktok", reason_code=ENDED)

        async def decide(histories: Histories) -> Mapping[str, tuple[events.ShopPaused, ...]]:
            has_moved = shops.fold(histories[stream]).version != shop.version
            return {} if has_moved else {stream: (paused,)}

        cause = Cause(stream, f"refused:{stream}")
        await decide_all(self._store, [cause], decide, source=SOURCE, clock=self._clock)


def _wait_after(shop_id: str, error: Exception) -> Callable[[int], float]:
    """This shop alone is read again later, also after a surprise: it is one shop's."""
    if isinstance(error, _PASSING):
        log.warning("shop.not_read", shop=shop_id, error=type(error).__name__)
    else:
        log.error("shop.surprised", shop=shop_id, exc_info=error)
    asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
    return lambda failures: max(asked_s or 0.0, _BACKOFF.delay(failures, system_chance))

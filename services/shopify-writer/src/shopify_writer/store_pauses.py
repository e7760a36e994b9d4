"""Stores that stop working, and that work again: pause, probe, resume, release what waited.

A shop's stream says that its Shopify side is paused. While it is, nothing is attempted there, but
for one probe a round, so that the side resumes by itself when the cause has gone.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from jobs import JobStore
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import ShopEvent
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock
from shopify.answers import DefinitionMissing, Unauthorized
from shopify.calls import Calls
from shopify_writer.creation import lookup
from shopify_writer.creation.recording import SOURCE

PROBED: Final = frozenset({"token_invalid", "definition_missing", "shop_frozen", "app_uninstalled"})
"""Pauses whose end a lookup can see."""

PAUSES: Final = PROBED | {"missing_scope", "offline_token_required"}
"""Reasons that hold for every order of the store, so that none of them is attempted."""

STATES: Final = ("adoption_pending", "shop_disconnected", *sorted(PROBED))
"""Reasons of jobs that have none any more once their shop's store can be used."""

_SIDE: Final = "shopify"
_NO_ORDER: Final = "0"


class StoreSilent(Exception):
    """The store could not be asked whether it still accepts us."""

    safe = True


class StorePauses:
    """The shopify-writer's care for its stores."""

    def __init__(
        self, store: EventStore, shopify: Calls, job_store: JobStore, clock: Clock
    ) -> None:
        self._store = store
        self._shopify = shopify
        self._job_store = job_store
        self._clock = clock

    async def pause(self, shop: Shop, reason_code: str) -> bool:
        """Say that the shop's store cannot be used; False when the shop has changed since."""
        paused = events.ShopPaused(shop_id=shop.shop_id, side=_SIDE, reason_code=reason_code)
        return await self._say(shop, paused, reason_code)

    async def pause_if_denied(self, shop: Shop, reason_code: str) -> bool:
        """``pause``, unless the store still accepts our token. Raises StoreSilent."""
        found = await lookup.by_id(self._shopify, shop.store or "", _NO_ORDER)
        if not isinstance(found, lookup.NotAnswered) or isinstance(found.answer, DefinitionMissing):
            return False
        if not isinstance(found.answer, Unauthorized):
            raise StoreSilent(f"store {shop.store}: {type(found.answer).__name__}")
        return await self.pause(shop, reason_code)

    async def tend(self) -> None:
        """One round: probe what is paused, release what waits although its store can be used."""
        for shop in await self._shops(await self._store.streams("shop")):
            if shop.is_connected and shop.pause_of(_SIDE) in PROBED:
                await self._probe(shop)
        if any(depth.state == "parked" for depth in await self._job_store.depth()):
            for store in await self._usable(await self._store.streams("shop")):
                for reason_code in STATES:
                    await self._job_store.release(store=store, reason=reason_code)

    async def release(self, shop_streams: Iterable[str]) -> None:
        """Whatever waited in these shops' stores is due, where the store can be used now."""
        for store in await self._usable(shop_streams):
            await self._job_store.release(store=store)

    async def _usable(self, shop_streams: Iterable[str]) -> list[str]:
        usable = [shop for shop in await self._shops(shop_streams) if _can_be_used(shop)]
        return sorted({shop.store for shop in usable if shop.store is not None})

    async def _shops(self, shop_streams: Iterable[str]) -> list[Shop]:
        histories = await self._store.read_many(list(shop_streams))
        return [shops.fold(history) for history in histories.values()]

    async def _probe(self, shop: Shop) -> None:
        found = await lookup.by_id(self._shopify, shop.store or "", _NO_ORDER)
        if not isinstance(found, lookup.NotAnswered):
            await self._say(shop, events.ShopResumed(shop_id=shop.shop_id, side=_SIDE), "probe")

    async def _say(self, shop: Shop, event: ShopEvent, why: str) -> bool:
        """Append, unless the shop's stream has moved: then what we know of it is old."""
        stream = shop_stream(shop.shop_id)

        async def decide(histories: Histories) -> Mapping[str, tuple[ShopEvent, ...]]:
            is_unchanged = shops.fold(histories[stream]).version == shop.version
            return {stream: (event,)} if is_unchanged else {}

        cause = Cause(stream, f"{SOURCE}:{why}")
        appended = await decide_all(self._store, [cause], decide, source=SOURCE, clock=self._clock)
        return bool(appended)


def _can_be_used(shop: Shop) -> bool:
    return shop.may_create and shop.pause_of(_SIDE) is None

"""Says in time that a seller's authorisation will end, so that nobody learns it from a pause."""

import asyncio
from datetime import timedelta
from typing import Final

from connections.grants import GrantAccess
from connections.shop_book import ShopBook
from eventstore import EventStore
from fetcher import authorisation
from runtime.clock import Clock

WARN_BEFORE: Final = timedelta(days=30)
_LOOK_EVERY_S: Final = 3600.0


class Expiry:
    """Looks at every connected shop's grant; each end is said once, whoever looks."""

    def __init__(
        self, store: EventStore, book: ShopBook, accesses: GrantAccess, clock: Clock
    ) -> None:
        self._store = store
        self._book = book
        self._accesses = accesses
        self._clock = clock

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Once."""
        for shop in await self._book.all():
            ends_at = await self._accesses.ends_at(shop.grant_id) if shop.is_connected else None
            if ends_at is not None and ends_at - self._clock() <= WARN_BEFORE:
                await authorisation.warn(self._store, shop.shop_id, ends_at, self._clock)

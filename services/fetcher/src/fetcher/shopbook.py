"""Every shop's state, folded from the shop streams and kept current by what was appended since."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from eventstore import EventStore
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts.streams import shop_stream
from ordersync_contracts.topics import SHOP

_NAMES: Final = tuple(event.type_name() for event in SHOP.events)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = 500


class ShopBook:
    """One query for all shops while nothing happens, however many they are."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._position: int | None = None
        self._shops: dict[str, Shop] = {}
        self._turn = asyncio.Lock()

    def shop(self, shop_id: str) -> Shop:
        """The shop as of the last refresh."""
        return self._shops.get(shop_id, Shop())

    def connected(self) -> tuple[Shop, ...]:
        """All that are connected, by their ids."""
        return tuple(
            self._shops[one] for one in sorted(self._shops) if self._shops[one].is_connected
        )

    async def refresh(self) -> None:
        """Take in what was appended since."""
        async with self._turn:
            head = await self._store.head()
            if self._position is None:
                await self._read_all()
            elif head > self._position:
                await self._read_since(self._position)
            self._position = head

    async def _read_all(self) -> None:
        histories = await self._store.read_many(await self._store.streams("shop"))
        for stream, history in histories.items():
            self._shops[stream.removeprefix(shop_stream(""))] = shops.fold(history)

    async def _read_since(self, position: int) -> None:
        while True:
            page = await self._store.read_named(_NAMES, _EVER, position, _PAGE)
            for recorded in page:
                shop_id = recorded.stream.removeprefix(shop_stream(""))
                known = self.shop(shop_id)
                if recorded.version > known.version:
                    self._shops[shop_id] = shops.evolve(known, recorded.version, recorded.event)
            if len(page) < _PAGE:
                return
            position = page[-1].position

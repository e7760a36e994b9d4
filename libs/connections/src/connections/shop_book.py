"""Every shop's state, folded from the shop streams and kept current by what was appended since."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from eventstore.store import EventStore
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts.streams import shop_stream
from ordersync_contracts.topics import SHOP
from runtime.batcher import Batcher

_NAMES: Final = tuple(event.type_name() for event in SHOP.events)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = 500


class ShopBook:
    """Shops as they are at the call: one query while nothing happens, however many they are.

    Calls that come while one is under way share the next.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._position: int | None = None
        self._shops: dict[str, Shop] = {}
        self._reads = Batcher(self._read)

    async def all(self) -> tuple[Shop, ...]:
        """Every shop that was ever connected, by their ids."""
        known = await self._reads.add(None)
        return tuple(known[shop_id] for shop_id in sorted(known))

    async def get(self, shop_id: str) -> Shop:
        """The shop; an unknown one is not connected."""
        return (await self._reads.add(None)).get(shop_id, Shop())

    async def of_store(self, domain: str) -> tuple[Shop, ...]:
        """The shops whose orders go to this store."""
        return tuple(shop for shop in await self.all() if shop.store == domain)

    async def _read(self, calls: Sequence[None]) -> Sequence[Mapping[str, Shop]]:
        head = await self._store.head()
        if self._position is None:
            await self._read_all()
        elif head > self._position:
            await self._read_since(self._position)
        self._position = head
        return [self._shops] * len(calls)

    async def _read_all(self) -> None:
        histories = await self._store.read_many(await self._store.streams("shop"))
        for stream, history in histories.items():
            self._shops[stream.removeprefix(shop_stream(""))] = shops.fold(history)

    async def _read_since(self, position: int) -> None:
        while True:
            page = await self._store.read_named(_NAMES, _EVER, position, _PAGE)
            for recorded in page:
                shop_id = recorded.stream.removeprefix(shop_stream(""))
                known = self._shops.get(shop_id, Shop())
                if recorded.version > known.version:
                    self._shops[shop_id] = shops.evolve(known, recorded)
            if len(page) < _PAGE:
                return
            position = page[-1].position

"""Every shop's state, folded from the shop streams and kept current by what was appended since."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog

from connections.foldings import SHOPS
from eventstore.folded import FoldedStreams
from eventstore.store import EventStore
from eventstore.tail import stream_pages
from lifecycle.shop import Shop
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.streams import shop_stream
from runtime.batcher import Batcher

log = structlog.get_logger()
_PAGE: Final = 500


class ShopBook:
    """Shops as they are at the call: one query while nothing happens, however many they are.

    Calls that come while one is under way share the next.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._folded = FoldedStreams(store, SHOPS)
        self._position: int | None = None
        self._shops: dict[str, Shop] = {}
        self._unread: set[str] = set()
        self._reads = Batcher(self._read)

    async def all(self) -> tuple[Shop, ...]:
        """Every shop that was ever connected, by their ids."""
        known = await self._reads.add(None)
        return tuple(known[shop_id] for shop_id in sorted(known))

    async def ids(self) -> tuple[str, ...]:
        """Every shop's id, also of those that cannot be read."""
        known = await self._reads.add(None)
        return tuple(sorted({*known, *map(_id, self._unread)}))

    async def unread(self) -> tuple[str, ...]:
        """The ids of those that cannot be read; ``all`` has them as they were before, if at all."""
        await self._reads.add(None)
        return tuple(sorted(map(_id, self._unread)))

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
        elif self._unread:
            await self._refold(())
        self._position = head
        return [self._shops] * len(calls)

    async def _read_all(self) -> None:
        async for streams in stream_pages(self._store, "shop"):
            await self._refold(streams)

    async def _read_since(self, position: int) -> None:
        """The shops that anything was said of since, whatever its event is called."""
        while page := await self._store.read_category("shop", position, _PAGE):
            await self._refold({recorded.stream for recorded in page})
            position = page[-1].position

    async def _refold(self, streams: Collection[str]) -> None:
        """A shop that cannot be read stays as it was, and is read again at the next call."""
        wanted = {*streams, *self._unread}
        try:
            self._keep(await self._folded.read(wanted))
        except UNREADABLE:
            for stream in sorted(wanted):
                await self._refold_alone(stream)

    async def _refold_alone(self, stream: str) -> None:
        try:
            self._keep(await self._folded.read([stream]))
        except UNREADABLE:
            if stream not in self._unread:
                log.exception("shop.not_read", stream=stream)
            self._unread.add(stream)

    def _keep(self, shops: Mapping[str, Shop]) -> None:
        self._unread -= shops.keys()
        for stream, shop in shops.items():
            self._shops[_id(stream)] = shop


def _id(stream: str) -> str:
    return stream.removeprefix(shop_stream(""))

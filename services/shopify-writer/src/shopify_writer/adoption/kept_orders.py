"""What was found in a store of TikTok orders that no shop has fetched yet."""

from collections.abc import Collection, Sequence
from typing import Protocol

from shopify_writer.adoption.evidence import FoundOrder


class KeptOrders(Protocol):
    """By store and TikTok order id, until the order is fetched (``tables.PostgresKeptOrders``)."""

    async def keep(self, store: str, found: Sequence[FoundOrder]) -> None:
        """Keep these; what is kept already stays as it is."""

    async def find(self, store: str, order_ids: Collection[str]) -> tuple[FoundOrder, ...]:
        """Those of these TikTok orders that are kept."""

    async def page(self, store: str, after: str, limit: int) -> tuple[FoundOrder, ...]:
        """The next ones after this TikTok order id, in the order of ids."""

    async def drop(self, store: str, order_ids: Collection[str]) -> None:
        """These are recorded: no longer kept."""


class MemoryKeptOrders:
    """The same promises in a dict, for unit tests."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], FoundOrder] = {}

    async def keep(self, store: str, found: Sequence[FoundOrder]) -> None:
        """See ``KeptOrders.keep``."""
        for order in found:
            self._kept.setdefault((store, order.order_id), order)

    async def find(self, store: str, order_ids: Collection[str]) -> tuple[FoundOrder, ...]:
        """See ``KeptOrders.find``."""
        keys = ((store, order_id) for order_id in order_ids)
        return tuple(self._kept[key] for key in keys if key in self._kept)

    async def page(self, store: str, after: str, limit: int) -> tuple[FoundOrder, ...]:
        """See ``KeptOrders.page``."""
        ids = sorted(key[1] for key in self._kept if key[0] == store and key[1] > after)
        return await self.find(store, ids[:limit])

    async def drop(self, store: str, order_ids: Collection[str]) -> None:
        """See ``KeptOrders.drop``."""
        for order_id in order_ids:
            self._kept.pop((store, order_id), None)

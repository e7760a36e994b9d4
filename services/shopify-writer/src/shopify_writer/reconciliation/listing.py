"""A store's orders of a window and single ones by gid, asked for in the bulk lane."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from connections.budgeted import BudgetedShopify
from jobs.budget_queue import NotNow
from shopify.answers import Answer, Done
from shopify.orders import CancelledOrder, FoundOrder, read_cancelled, read_search
from shopify_writer.pages import NotRead, Place, pages, there
from shopify_writer.unanswered import Asking


@dataclass(frozen=True, slots=True)
class Listing:
    """Each raises NotRead when the store does not answer, or has no room in its budget."""

    shopify: BudgetedShopify
    asking: Asking

    def orders(self, store: str, place: Place) -> AsyncIterator[tuple[FoundOrder, ...]]:
        """Every order that the search finds, by when it was created, cancelled ones too."""
        return pages(partial(self._ask, store), "orders_recent", place, read_search)

    async def cancelled(
        self, store: str, place: Place
    ) -> AsyncIterator[tuple[CancelledOrder, ...]]:
        """Every cancelled order that the search finds, by when it changed."""
        ask = partial(self._ask, store)
        async for orders in pages(ask, "orders_cancelled", place, read_cancelled):
            yield tuple(order for order in orders if order.cancelled_at is not None)

    async def standing(self, store: str, gids: Sequence[str]) -> frozenset[str]:
        """Which of these orders are there, by a direct read."""
        return await there(partial(self._ask, store), gids)

    async def _ask(
        self, store: str, document: str, variables: Mapping[str, object]
    ) -> Mapping[str, Any]:
        """Each time within the store's budget."""

        async def read() -> Answer:
            async with self.shopify.admitted(store, "bulk", (document,)):
                return await self.shopify.execute(store, document, variables)

        try:
            answer = await self.asking.until_answered(read)
        except NotNow:
            raise NotRead(store, document) from None
        if not isinstance(answer, Done):
            raise NotRead(store, document, answer)
        return answer.data

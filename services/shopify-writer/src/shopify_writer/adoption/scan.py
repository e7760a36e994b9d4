"""A store's orders of the last 60 days, page by page (Admin GraphQL 2026-10: orders)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from shopify.answers import Done
from shopify.calls import Calls
from shopify.orders import created_since_query, read_search
from shopify.shops import read_shop_info
from shopify_writer.adoption.evidence import FoundOrder, found
from shopify_writer.domain import TOKEN_SEES
from shopify_writer.pages import NotRead, Place, pages, there
from shopify_writer.throttling import execute
from shopify_writer.unanswered import Asking


@dataclass(slots=True)
class Scan(Place):
    """A scan, and what it has found so far: how many in all, new in their streams, waited for.

    It waits until a shop has fetched the order, or until a request of ours for it has an outcome.
    """

    found: int = 0
    recorded: int = 0
    kept: int = 0

    def begin_anew(self) -> None:
        """What is recorded stays so, and is not news a second time."""
        Place.begin_anew(self)
        self.found = self.kept = 0


def begun(now: datetime) -> Scan:
    """A scan that begins now, of all that our token sees."""
    return Scan(created_since_query(now - TOKEN_SEES), now)


@dataclass(frozen=True, slots=True)
class Scanning:
    """What is asked of a store that is scanned; each raises NotRead when it does not answer."""

    shopify: Calls
    asking: Asking

    async def pages(self, store: str, place: Place) -> AsyncIterator[tuple[FoundOrder, ...]]:
        """Of each page, the orders that stand for a TikTok order, cancelled ones too.

        Oldest first, by when they were created: what changes meanwhile stays where it is, and what
        is created comes last.
        """
        ask = partial(self._ask, store)
        async for orders in pages(ask, "orders_recent", place, read_search):
            yield tuple(named for order in orders if (named := found(order)) is not None)

    async def standing(self, store: str, gids: Sequence[str]) -> frozenset[str]:
        """Which of these orders are there, by a direct read."""
        return await there(partial(self._ask, store), gids)

    async def app_id(self, store: str) -> str:
        """Our app's id in the store."""
        data = await self._ask(store, "shop_info", {})
        return read_shop_info(data).current_app_installation.app.id

    async def _ask(
        self, store: str, document: str, variables: Mapping[str, object]
    ) -> Mapping[str, Any]:
        read = partial(execute, self.shopify, store, document, variables)
        answer = await self.asking.until_answered(read)
        if not isinstance(answer, Done):
            raise NotRead(store, document, answer)
        return answer.data

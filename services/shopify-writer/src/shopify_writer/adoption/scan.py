"""A store's orders of the last 60 days, page by page (Admin GraphQL 2026-10: orders)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from shopify.answers import Answer, Done
from shopify.calls import Calls
from shopify.orders import created_since_query, read_search
from shopify_writer.adoption.evidence import FoundOrder, found
from shopify_writer.pages import pages, there
from shopify_writer.throttling import execute
from shopify_writer.unanswered import until_answered


class NotScanned(Exception):
    """The store did not answer to the end; what was found so far proves nothing."""

    safe = True

    def __init__(self, store: str, document: str, answer: Answer) -> None:
        self.document = document
        self.answer = answer
        super().__init__(f"store {store}: {type(answer).__name__} to {document}")


async def scan(
    shopify: Calls, store: str, since: datetime
) -> AsyncIterator[tuple[FoundOrder, ...]]:
    """Of each page, the orders that stand for a TikTok order, cancelled ones too.

    Raises NotScanned when a page is not answered, asked for again a few times.
    """
    ask, query = partial(_ask, shopify, store), created_since_query(since)
    async for orders in pages(ask, "orders_recent", query, read_search):
        yield tuple(named for order in orders if (named := found(order)) is not None)


async def standing(shopify: Calls, store: str, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read. Raises NotScanned."""
    return await there(partial(_ask, shopify, store), gids)


async def _ask(
    shopify: Calls, store: str, document: str, variables: Mapping[str, object]
) -> Mapping[str, Any]:
    answer = await until_answered(partial(execute, shopify, store, document, variables))
    if not isinstance(answer, Done):
        raise NotScanned(store, document, answer)
    return answer.data

"""A store's orders of the last 60 days, page by page (Admin GraphQL 2026-10: orders)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from shopify.answers import Answer, Done
from shopify.calls import Calls
from shopify.documents import BATCH_LIMIT
from shopify.orders import created_since_query, read_back, read_search
from shopify_writer.adoption.evidence import FoundOrder, found
from shopify_writer.throttling import execute
from shopify_writer.unanswered import until_answered

_READ_BACK: Final = "orders_read_back"


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
    query, after = created_since_query(since), None
    while True:
        answer = await _asked(shopify, store, "orders_recent", {"query": query, "after": after})
        if not isinstance(answer, Done):
            raise NotScanned(store, "orders_recent", answer)
        page = read_search(answer.data)
        yield tuple(named for order in page.nodes if (named := found(order)) is not None)
        after = page.page_info.next_cursor
        if after is None:
            return


async def standing(shopify: Calls, store: str, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read. Raises NotScanned."""
    there: set[str] = set()
    for begin in range(0, len(gids), BATCH_LIMIT):
        asked = list(gids[begin : begin + BATCH_LIMIT])
        answer = await _asked(shopify, store, _READ_BACK, {"ids": asked})
        if not isinstance(answer, Done):
            raise NotScanned(store, _READ_BACK, answer)
        there |= {gid for gid, order in read_back(answer.data, asked).items() if order is not None}
    return frozenset(there)


async def _asked(
    shopify: Calls, store: str, document: str, variables: Mapping[str, object]
) -> Answer:
    return await until_answered(partial(execute, shopify, store, document, variables))

"""A store's orders of a window and single ones by gid, asked for in the bulk lane."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from connections.budgeted import BudgetedShopify
from jobs.budget_queue import NotNow
from shopify.answers import Answer, Done
from shopify.orders import (
    CancelledOrder,
    FoundOrder,
    cancelled_since_query,
    created_since_query,
    read_cancelled,
    read_search,
)
from shopify_writer.pages import pages, there
from shopify_writer.unanswered import until_answered


class NotListed(Exception):
    """The store did not answer to the end: nothing is concluded from what it did not say.

    ``answer`` None: it was not asked.
    """

    safe = True

    def __init__(self, store: str, document: str, answer: Answer | None = None) -> None:
        self.document = document
        self.answer = answer
        what = "no room in its budget for" if answer is None else f"{type(answer).__name__} to"
        super().__init__(f"store {store}: {what} {document}")


def orders_since(
    shopify: BudgetedShopify, store: str, since: datetime
) -> AsyncIterator[tuple[FoundOrder, ...]]:
    """Every order created since then, cancelled ones too. Raises NotListed."""
    ask, query = partial(_ask, shopify, store), created_since_query(since)
    return pages(ask, "orders_recent", query, read_search)


async def cancelled_since(
    shopify: BudgetedShopify, store: str, since: datetime
) -> AsyncIterator[tuple[CancelledOrder, ...]]:
    """Every cancelled order that changed since then, whenever it was created. Raises NotListed."""
    ask, query = partial(_ask, shopify, store), cancelled_since_query(since)
    async for orders in pages(ask, "orders_cancelled", query, read_cancelled):
        yield tuple(order for order in orders if order.cancelled_at is not None)


async def standing(shopify: BudgetedShopify, store: str, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read. Raises NotListed."""
    return await there(partial(_ask, shopify, store), gids)


async def _ask(
    shopify: BudgetedShopify, store: str, document: str, variables: Mapping[str, object]
) -> Mapping[str, Any]:
    """Each time within the store's budget; raises NotListed when it is not answered even so."""

    async def read() -> Answer:
        async with shopify.admitted(store, "bulk", (document,)):
            return await shopify.execute(store, document, variables)

    try:
        answer = await until_answered(read)
    except NotNow:
        raise NotListed(store, document) from None
    if not isinstance(answer, Done):
        raise NotListed(store, document, answer)
    return answer.data

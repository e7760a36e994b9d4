"""A store's orders of a window and single ones by gid, asked for in the bulk lane."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from connections.budgeted import BudgetedShopify
from jobs.budget_queue import NotNow
from shopify.answers import Answer, Done
from shopify.orders import (
    CancelledOrder,
    FoundOrder,
    cancelled_since_query,
    created_since_query,
    read_back,
    read_cancelled,
    read_search,
)
from shopify_writer.unanswered import until_answered

_BATCH: Final = 50


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


async def orders_since(
    shopify: BudgetedShopify, store: str, since: datetime
) -> AsyncIterator[tuple[FoundOrder, ...]]:
    """Every order created since then, cancelled ones too. Raises NotListed."""
    query, after = created_since_query(since), None
    while True:
        data = await _ask(shopify, store, "orders_recent", {"query": query, "after": after})
        page = read_search(data)
        yield page.nodes
        after = page.page_info.next_cursor
        if after is None:
            return


async def cancelled_since(
    shopify: BudgetedShopify, store: str, since: datetime
) -> AsyncIterator[tuple[CancelledOrder, ...]]:
    """Every cancelled order that changed since then, whenever it was created. Raises NotListed."""
    query, after = cancelled_since_query(since), None
    while True:
        data = await _ask(shopify, store, "orders_cancelled", {"query": query, "after": after})
        page = read_cancelled(data)
        yield tuple(order for order in page.nodes if order.cancelled_at is not None)
        after = page.page_info.next_cursor
        if after is None:
            return


async def standing(shopify: BudgetedShopify, store: str, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read. Raises NotListed."""
    there: set[str] = set()
    for begin in range(0, len(gids), _BATCH):
        asked = list(gids[begin : begin + _BATCH])
        found = read_back(await _ask(shopify, store, "orders_read_back", {"ids": asked}), asked)
        there |= {gid for gid, order in found.items() if order is not None}
    return frozenset(there)


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

"""What a store says of its orders, page by page or by gid; the caller says how it is asked."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from shopify.documents import BATCH_LIMIT
from shopify.orders import read_back
from shopify.wire import PageInfo

Node_co = TypeVar("Node_co", covariant=True)
Ask = Callable[[str, Mapping[str, object]], Awaitable[Mapping[str, Any]]]
"""A document and its variables → its data; raises where the store does not answer."""


class Page(Protocol[Node_co]):
    """One page of a connection."""

    @property
    def nodes(self) -> tuple[Node_co, ...]:
        """What is on it."""

    @property
    def page_info(self) -> PageInfo:
        """Where the next one begins."""


async def pages(
    ask: Ask, document: str, query: str, read: Callable[[Mapping[str, Any]], Page[Node_co]]
) -> AsyncIterator[tuple[Node_co, ...]]:
    """What is on each page that the document's search has, to the last."""
    after = None
    while True:
        page = read(await ask(document, {"query": query, "after": after}))
        yield page.nodes
        after = page.page_info.next_cursor
        if after is None:
            return


async def there(ask: Ask, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read."""
    found: set[str] = set()
    for begin in range(0, len(gids), BATCH_LIMIT):
        asked = list(gids[begin : begin + BATCH_LIMIT])
        answered = read_back(await ask("orders_read_back", {"ids": asked}), asked)
        found |= {gid for gid, order in answered.items() if order is not None}
    return frozenset(found)

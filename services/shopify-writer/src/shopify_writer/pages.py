"""What a store says of its orders, page by page or by gid; the caller says how it is asked."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from shopify.answers import Answer, DoubtReason, Invalid, Refused, Unclear
from shopify.documents import BATCH_LIMIT
from shopify.graphql_errors import UNKNOWN_CODE
from shopify.orders import read_back
from shopify.wire import PageInfo

Node_co = TypeVar("Node_co", covariant=True)
Ask = Callable[[str, Mapping[str, object]], Awaitable[Mapping[str, Any]]]
"""A document and its variables → its data; raises NotRead where the store does not answer."""


class NotRead(Exception):
    """The store did not answer to the end: nothing is concluded from what it did not say.

    ``answer`` None: it was not asked.
    """

    safe = True

    def __init__(self, store: str, document: str, answer: Answer | None = None) -> None:
        self.document = document
        self.answer = answer
        what = "no room in its budget for" if answer is None else f"{type(answer).__name__} to"
        super().__init__(f"store {store}: {what} {document}")


@dataclass(slots=True)
class Place:
    """How far a search is read: ``pages`` of them, the next one begins behind the cursor ``after``.

    It moves on when the next page is asked for: a page that was not dealt with is read again.
    """

    query: str
    began_at: datetime
    after: str | None = None
    pages: int = 0
    is_read: bool = False

    def move_on(self, after: str | None) -> None:
        """One more page was dealt with; None: it was the last."""
        self.after, self.is_read = after, after is None
        self.pages += 1

    def begin_anew(self) -> None:
        """At the first page."""
        self.after, self.pages, self.is_read = None, 0, False


class Page(Protocol[Node_co]):
    """One page of a connection."""

    @property
    def nodes(self) -> tuple[Node_co, ...]:
        """What is on it."""

    @property
    def page_info(self) -> PageInfo:
        """Where the next one begins."""


async def pages(
    ask: Ask, document: str, place: Place, read: Callable[[Mapping[str, Any]], Page[Node_co]]
) -> AsyncIterator[tuple[Node_co, ...]]:
    """What is on each page that the document's search has from this place on, to the last.

    Where a cursor is refused its place is the beginning again.
    """
    while not place.is_read:
        try:
            data = await ask(document, {"query": place.query, "after": place.after})
        except NotRead as problem:
            if place.after is not None and _is_refused(problem.answer):
                place.begin_anew()
            raise
        page = read(data)
        yield page.nodes
        place.move_on(page.page_info.next_cursor)


def _is_refused(answer: Answer | None) -> bool:
    """Shopify's words for a cursor that it does not take are not documented, nor is their code."""
    if isinstance(answer, Unclear):
        return answer.reason is DoubtReason.GRAPHQL_ERROR and answer.detail == UNKNOWN_CODE
    return isinstance(answer, Invalid | Refused)


async def there(ask: Ask, gids: Sequence[str]) -> frozenset[str]:
    """Which of these orders are there, by a direct read."""
    found: set[str] = set()
    for begin in range(0, len(gids), BATCH_LIMIT):
        asked = list(gids[begin : begin + BATCH_LIMIT])
        answered = read_back(await ask("orders_read_back", {"ids": asked}), asked)
        found |= {gid for gid, order in answered.items() if order is not None}
    return frozenset(found)

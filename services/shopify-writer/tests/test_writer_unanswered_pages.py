"""A page that is not answered is asked for again: a long listing does not begin anew for it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.world.story import NOW, STORE

from shopify.answers import (
    Answer,
    CallFacts,
    Done,
    DoubtReason,
    Unclear,
    Unreachable,
)
from shopify_writer.adoption.scan import NotScanned, scan
from shopify_writer.adoption.scan import standing as standing_in_scan
from shopify_writer.reconciliation.listing import (
    NotListed,
    cancelled_since,
    orders_since,
    standing,
)
from shopify_writer.unanswered import TIMES

FACTS = CallFacts(sent_at=NOW)
PAGES = 40
SILENT: list[Answer] = [
    Unclear(DoubtReason.READ_TIMEOUT, call=FACTS),
    Unreachable("ConnectError", call=FACTS),
]
Listing = Callable[[Any, str, Any], AsyncIterator[Sequence[object]]]


class Store:
    """Orders on many pages; of ``every`` so many calls the last ``lost`` are not answered."""

    def __init__(self, silent: Answer, every: int, lost: int) -> None:
        self.silent, self.every, self.lost = silent, every, lost
        self.asked: list[str | None] = []
        self.admissions = 0

    @asynccontextmanager
    async def admitted(self, *_: object) -> AsyncIterator[None]:
        self.admissions += 1
        yield

    async def execute(
        self, store: str, what: str, variables: Mapping[str, Any], *, guard: object = None
    ) -> Answer:
        self.asked.append(variables.get("after"))
        if len(self.asked) % self.every >= self.every - self.lost:
            return self.silent
        if what == "orders_read_back":
            return Done({"nodes": [None for _ in variables["ids"]]}, call=FACTS)
        page = int(variables["after"] or 0) + 1
        more = {"hasNextPage": page < PAGES, "endCursor": str(page)}
        return Done({"orders": {"nodes": [], "pageInfo": more}}, call=FACTS)


@pytest.mark.parametrize("silent", SILENT, ids=["unclear", "unreachable"])
@pytest.mark.parametrize("listing", [scan, orders_since, cancelled_since])
async def test_a_listing_of_many_pages_ends_although_some_calls_are_not_answered(
    listing: Listing, silent: Answer
) -> None:
    store = Store(silent, every=7, lost=TIMES - 1)
    assert len([page async for page in listing(store, STORE, NOW)]) == PAGES
    assert store.asked.count(None) <= TIMES, "it never begins anew"
    assert len(store.asked) > PAGES


@pytest.mark.parametrize("listing", [scan, orders_since, cancelled_since])
async def test_a_store_that_stays_silent_is_left_alone_after_a_few_times(listing: Listing) -> None:
    store = Store(SILENT[0], every=1, lost=1)
    with pytest.raises((NotScanned, NotListed)):
        [page async for page in listing(store, STORE, NOW)]
    assert len(store.asked) == TIMES


@pytest.mark.parametrize("read", [standing_in_scan, standing])
async def test_a_direct_read_is_asked_for_again_too(read: Callable[..., Any]) -> None:
    store = Store(SILENT[0], every=3, lost=1)
    for _ in range(4):
        assert await read(store, STORE, ["gid://shopify/Order/1"]) == frozenset()


async def test_what_is_asked_for_again_is_admitted_again() -> None:
    store = Store(SILENT[0], every=7, lost=2)
    listing: Listing = orders_since
    assert [page async for page in listing(store, STORE, NOW)]
    assert store.admissions == len(store.asked)

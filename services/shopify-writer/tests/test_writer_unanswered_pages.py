"""A page that is not answered is asked for again: a long listing does not begin anew for it."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from tests.world.clock import WorldClock
from tests.world.story import NOW, STORE

from runtime.backoff import Backoff
from shopify.answers import (
    Answer,
    CallFacts,
    Done,
    DoubtReason,
    Invalid,
    Refused,
    Unclear,
    Unreachable,
)
from shopify.graphql_errors import UNKNOWN_CODE
from shopify_writer.adoption.scan import Scanning
from shopify_writer.pages import NotRead, Place
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.unanswered import TIMES, Asking

FACTS = CallFacts(sent_at=NOW)
PAGES = 200
SILENT: list[Answer] = [
    Unclear(DoubtReason.READ_TIMEOUT, call=FACTS),
    Unreachable("ConnectError", call=FACTS),
]
REFUSED: list[Answer] = [
    Invalid("BAD_REQUEST", call=FACTS),
    Refused((), call=FACTS),
    Unclear(DoubtReason.GRAPHQL_ERROR, UNKNOWN_CODE, call=FACTS),
]
TROUBLE = Unclear(DoubtReason.GRAPHQL_ERROR, "INTERNAL_SERVER_ERROR", call=FACTS)


class Store:
    """Orders on many pages; ``answers`` says, by the call's number, what is no page."""

    def __init__(self, answers: Callable[[int], Answer | None]) -> None:
        self.answers = answers
        self.clock = WorldClock(NOW)
        self.asked: list[str | None] = []
        self.admissions = 0
        wait = Backoff(first=1.0, longest=30.0)
        self.asking = Asking(wait, lambda: 1.0, self.clock.sleep)

    @asynccontextmanager
    async def admitted(self, *_: object) -> AsyncIterator[None]:
        self.admissions += 1
        yield

    async def execute(
        self, store: str, what: str, variables: Mapping[str, Any], *, guard: object = None
    ) -> Answer:
        self.asked.append(variables.get("after"))
        if (answer := self.answers(len(self.asked))) is not None:
            return answer
        if what == "orders_read_back":
            return Done({"nodes": [None for _ in variables["ids"]]}, call=FACTS)
        page = int(variables["after"] or 0) + 1
        more = {"hasNextPage": page < PAGES, "endCursor": str(page)}
        return Done({"orders": {"nodes": [], "pageInfo": more}}, call=FACTS)


Pages = Callable[[Any, Place], AsyncIterator[Sequence[object]]]


def scan(store: Any, place: Place) -> AsyncIterator[Sequence[object]]:
    return Scanning(store, store.asking).pages(STORE, place)


def orders(store: Any, place: Place) -> AsyncIterator[Sequence[object]]:
    return Listing(store, store.asking).orders(STORE, place)


def cancelled(store: Any, place: Place) -> AsyncIterator[Sequence[object]]:
    return Listing(store, store.asking).cancelled(STORE, place)


LISTINGS = [scan, orders, cancelled]


def begun() -> Place:
    return Place("created_at:>='2026-11-23'", NOW)


def lost(every: int, last: int, answer: Answer) -> Callable[[int], Answer | None]:
    """Of ``every`` so many calls the ``last`` ones are not answered."""
    return lambda number: answer if number % every >= every - last else None


def by_dice(seed: int, failures: float) -> Callable[[int], Answer | None]:
    """So large a part of all calls is not answered."""
    dice = random.Random(seed)
    return lambda _: SILENT[0] if dice.random() < failures else None


async def read(listing: Pages, store: Store, place: Place) -> int:
    """How many pages were read before it ended or was cut off."""
    count = 0
    try:
        async for _ in listing(store, place):
            count += 1
    except NotRead:
        pass
    return count


@pytest.mark.parametrize("silent", SILENT, ids=["unclear", "unreachable"])
@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_listing_of_many_pages_ends_although_some_calls_are_not_answered(
    listing: Pages, silent: Answer
) -> None:
    store = Store(lost(7, TIMES - 1, silent))
    assert len([page async for page in listing(store, begun())]) == PAGES
    assert store.asked.count(None) <= TIMES, "it never begins anew"
    assert len(store.asked) > PAGES


@pytest.mark.parametrize("failures", [0.01, 0.5])
@pytest.mark.parametrize("listing", LISTINGS)
async def test_whatever_the_dice_every_listing_of_many_pages_comes_to_its_end(
    listing: Pages, failures: float
) -> None:
    """200 pages and 1 % failures; and half of all calls, so that each is cut off many times."""
    for seed in range(50):
        store = Store(by_dice(seed, failures))
        place, read_pages, rounds = begun(), 0, 0
        while not place.is_read:
            read_pages += await read(listing, store, place)
            rounds += 1
        assert (read_pages, place.pages) == (PAGES, PAGES), "each page once"
        assert rounds == 1 if failures == 0.01 else rounds < 60


@pytest.mark.parametrize("silent", [*SILENT, TROUBLE], ids=["unclear", "unreachable", "trouble"])
@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_page_that_fails_three_times_is_where_the_next_round_goes_on(
    listing: Pages, silent: Answer
) -> None:
    store = Store(lambda number: silent if 7 < number <= 7 + TIMES else None)
    place = begun()
    assert await read(listing, store, place) == 7
    assert await read(listing, store, place) == PAGES - 7
    assert store.asked[7:9] == ["7", "7"]
    assert store.asked[7 + TIMES] == "7"
    assert store.asked.count(None) == 1


@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_page_that_was_not_dealt_with_is_read_again(listing: Pages) -> None:
    store, place = Store(lambda _: None), begun()
    async for _ in listing(store, place):
        if len(store.asked) == 3:
            break
    assert (place.after, place.pages) == ("2", 2)


@pytest.mark.parametrize("refused", REFUSED, ids=["invalid", "refused", "without a code"])
@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_refused_cursor_begins_anew(listing: Pages, refused: Answer) -> None:
    store = Store(lambda number: refused if 7 < number <= 7 + TIMES else None)
    place = begun()
    assert await read(listing, store, place) == 7
    assert (place.after, place.pages) == (None, 0)
    store.answers = lambda _: None
    assert await read(listing, store, place) == PAGES


@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_store_that_stays_silent_is_left_alone_after_a_few_times(listing: Pages) -> None:
    store = Store(lost(1, 1, SILENT[0]))
    with pytest.raises(NotRead):
        [page async for page in listing(store, begun())]
    assert len(store.asked) == TIMES


@pytest.mark.parametrize("listing", LISTINGS)
async def test_a_growing_wait_is_between_two_asks_for_a_page(listing: Pages) -> None:
    store, at = Store(lambda _: None), []

    def silent(_: int) -> Answer:
        at.append(store.clock.monotonic())
        return SILENT[1]

    store.answers = silent
    await read(listing, store, begun())
    assert at == [0.0, 1.0, 3.0]


@pytest.mark.parametrize("reads", [Scanning, Listing])
async def test_a_direct_read_is_asked_for_again_too(reads: Callable[..., Any]) -> None:
    store = Store(lost(3, 1, SILENT[0]))
    for _ in range(4):
        there = partial(reads(store, store.asking).standing, STORE)
        assert await there(["gid://shopify/Order/1"]) == frozenset()


async def test_what_is_asked_for_again_is_admitted_again() -> None:
    store = Store(lost(7, 2, SILENT[0]))
    assert [page async for page in orders(store, begun())]
    assert store.admissions == len(store.asked)

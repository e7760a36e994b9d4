"""What every event store promises: one suite for all of them (see ``TestMemoryEventStore``)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from eventstore.store import (
    ANY_VERSION,
    MAX_EVENT_BYTES,
    MOST_FROM,
    Append,
    Appended,
    AppendResult,
    EventStore,
    EventTooLarge,
    IdTaken,
    Repeated,
    Snapshot,
    WrongVersion,
)
from eventstore.tail import stream_pages, tail
from ordersync_contracts import events
from ordersync_contracts.codec import encode
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event

ORDER = "order-7495-1"
OTHER = "order-7495-2"
GID = "gid://shopify/Order/1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TRACE = Trace("mapper", "correlation", "causation", "00-trace-01")


def clock() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


def id_of(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


def eligible(version: int = 1) -> Event:
    return events.OrderEligible(shop_id="7495", order_id="1", snapshot_version=version)


def ineligible(detail: str = "") -> Event:
    return events.OrderIneligible(
        shop_id="7495", order_id="1", snapshot_version=1, reason_code="unpaid", detail=detail
    )


def created(outcome: str) -> Event:
    its = {"shop_id": "7495", "order_id": "1", "store": "sunny-mugs.myshopify.com"}
    made = its | {"outcome": outcome, "shopify_order_id": GID}
    return events.ShopifyOrderCreated.model_validate(made)


def new(name: str, event: Event | None = None) -> NewEvent:
    return NewEvent(id_of(name), event or eligible(), clock(), TRACE)


def decision(stream: str, expected: int, *names: str) -> Append:
    return Append(stream, expected, tuple(new(name) for name in names))


def fact(stream: str, name: str, event: Event | None = None) -> Append:
    return Append(stream, ANY_VERSION, (new(name, event),))


async def kinds(store: EventStore, *commands: Append) -> list[type[AppendResult]]:
    return [type(outcome) for outcome in await store.append(commands)]


def ids(recorded: Sequence[Recorded]) -> list[UUID]:
    return [each.id for each in recorded]


class EventStoreSuite:
    """Every store of events keeps these promises; a subclass gives the ``store`` fixture."""

    async def test_a_new_stream_begins_at_version_one(self, store: EventStore) -> None:
        (outcome,) = await store.append([decision(ORDER, 0, "a")])
        (recorded,) = await store.read(ORDER)
        assert outcome == Appended(1, recorded.position)
        assert recorded.version == 1

    async def test_names_are_told_by_version_and_an_unknown_stream_has_none(
        self, store: EventStore
    ) -> None:
        await store.append([fact(ORDER, "a"), fact(OTHER, "b"), fact(ORDER, "c", ineligible())])
        assert await store.names_of([ORDER, "order-7495-9"]) == {
            ORDER: ("OrderEligible", "OrderIneligible"),
            "order-7495-9": (),
        }
        assert await store.names_of([]) == {}

    async def test_what_is_appended_is_read_back_whole(self, store: EventStore) -> None:
        at = datetime(2026, 1, 5, 11, 59, 59, 123456, tzinfo=UTC)
        event = created("created")
        await store.append([Append(ORDER, 0, (NewEvent(id_of("a"), event, at, TRACE),))])
        (recorded,) = await store.read(ORDER)
        assert recorded.event == event
        assert recorded.data == encode(event)
        assert (recorded.id, recorded.stream) == (id_of("a"), ORDER)
        assert (recorded.name, recorded.schema_version) == ("ShopifyOrderCreated", 1)
        assert recorded.occurred_at == at
        assert recorded.recorded_at.utcoffset() == timedelta(0)
        assert recorded.trace == TRACE

    async def test_versions_are_contiguous_and_positions_increase(self, store: EventStore) -> None:
        for n in range(3):
            await store.append([decision(ORDER, 2 * n, f"a{n}", f"b{n}")])
            await store.append([decision(OTHER, n, f"c{n}")])
        assert [each.version for each in await store.read(ORDER)] == [1, 2, 3, 4, 5, 6]
        everything = await store.read_after(0, 100)
        positions = [each.position for each in everything]
        assert len(everything) == 9
        assert positions == sorted(set(positions))

    async def test_several_events_stand_in_their_order(self, store: EventStore) -> None:
        (outcome,) = await store.append([decision(ORDER, 0, "a", "b", "c")])
        recorded = await store.read(ORDER)
        assert ids(recorded) == [id_of("a"), id_of("b"), id_of("c")]
        assert outcome == Appended(3, recorded[-1].position)

    async def test_streams_of_one_call_count_each_from_its_own_version(
        self, store: EventStore
    ) -> None:
        await store.append([decision(OTHER, 0, "x")])
        outcomes = await store.append(
            [decision(ORDER, 0, "a", "b"), decision(OTHER, 1, "y"), fact("order-7495-3", "z")]
        )
        assert [type(outcome) for outcome in outcomes] == [Appended] * 3
        read = await store.read_many([ORDER, OTHER, "order-7495-3"])
        versions = {stream: [each.version for each in read[stream]] for stream in read}
        assert versions == {ORDER: [1, 2], OTHER: [1, 2], "order-7495-3": [1]}
        appended = [each for each in outcomes if isinstance(each, Appended)]
        assert [each.version for each in appended] == [2, 2, 1]
        for each, stream in zip(appended, (ORDER, OTHER, "order-7495-3"), strict=True):
            assert (await store.read(stream))[-1].position == each.position

    async def test_the_stream_of_an_event_is_found_by_its_id(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a", "b"), decision(OTHER, 0, "x")])
        found = await store.streams_of([id_of("b"), id_of("x"), id_of("nobody's")])
        assert found == {id_of("b"): ORDER, id_of("x"): OTHER}
        assert await store.streams_of([]) == {}

    async def test_a_decision_on_another_version_is_refused(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a")])
        outcomes = await store.append([decision(ORDER, 0, "b"), decision(OTHER, 5, "c")])
        assert outcomes == (WrongVersion(1), WrongVersion(0))
        assert len(await store.read(ORDER)) == 1
        assert await store.read(OTHER) == ()

    async def test_the_version_is_compared_before_the_ids(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a")])
        assert await store.append([decision(ORDER, 0, "a")]) == (WrongVersion(1),)

    async def test_a_fact_is_appended_whatever_the_version_is(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a")])
        (outcome,) = await store.append([fact(ORDER, "fact")])
        assert isinstance(outcome, Appended)
        assert outcome.version == 2

    async def test_a_repeated_fact_says_where_it_stands(self, store: EventStore) -> None:
        (first,) = await store.append([fact(ORDER, "fact")])
        await store.append([decision(ORDER, 1, "a")])
        assert isinstance(first, Appended)
        assert await store.append([fact(ORDER, "fact")]) == (Repeated(1, first.position),)
        assert len(await store.read(ORDER)) == 2

    async def test_a_fact_with_other_content_is_an_error(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "fact", eligible(1))])
        assert await store.append([fact(ORDER, "fact", eligible(2))]) == (IdTaken(),)
        assert [each.event for each in await store.read(ORDER)] == [eligible(1)]

    async def test_an_id_belongs_to_one_event_in_all_streams(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "fact", eligible(1))])
        assert await store.append([fact(OTHER, "fact", eligible(2))]) == (IdTaken(),)
        assert await store.append([decision(OTHER, 0, "b", "fact")]) == (IdTaken(),)
        assert await store.read(OTHER) == ()

    async def test_the_first_created_of_a_gid_stands(self, store: EventStore) -> None:
        await store.append([fact(ORDER, GID, created("created"))])
        assert await kinds(store, fact(ORDER, GID, created("found"))) == [Repeated]
        (recorded,) = await store.read(ORDER)
        assert recorded.event == created("created")

    async def test_a_command_is_appended_whole_or_not_at_all(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "b")])
        both = Append(ORDER, ANY_VERSION, (new("a"), new("b"), new("c")))
        assert await store.append([both]) == (IdTaken(),)
        assert ids(await store.read(ORDER)) == [id_of("b")]

    async def test_a_whole_command_may_be_repeated(self, store: EventStore) -> None:
        both = Append(ORDER, ANY_VERSION, (new("a"), new("b")))
        assert await kinds(store, both) == [Appended]
        (outcome,) = await store.append([both])
        assert isinstance(outcome, Repeated)
        assert outcome.version == 2

    async def test_one_conflict_never_fails_its_neighbours(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "fact"), decision(OTHER, 0, "x")])
        outcomes = await kinds(
            store,
            decision("order-7495-3", 0, "a"),
            decision(OTHER, 0, "b"),
            fact("order-7495-4", "fact", eligible(9)),
            fact(ORDER, "fact"),
            decision("order-7495-5", 0, "c"),
        )
        assert outcomes == [Appended, WrongVersion, IdTaken, Repeated, Appended]
        assert len(await store.read_after(0, 100)) == 4

    async def test_two_commands_for_one_stream_are_decided_in_turn(self, store: EventStore) -> None:
        outcomes = await kinds(
            store, decision(ORDER, 0, "a"), decision(ORDER, 0, "b"), decision(ORDER, 1, "c")
        )
        assert outcomes == [Appended, WrongVersion, Appended]
        assert ids(await store.read(ORDER)) == [id_of("a"), id_of("c")]

    async def test_one_fact_told_twice_in_one_call_is_one_event(self, store: EventStore) -> None:
        assert await kinds(store, fact(ORDER, "fact"), fact(ORDER, "fact")) == [Appended, Repeated]
        assert len(await store.read(ORDER)) == 1

    async def test_of_callers_at_once_one_wins(self, store: EventStore) -> None:
        outcomes = await asyncio.gather(
            *(store.append([decision(ORDER, 0, f"caller {n}")]) for n in range(8))
        )
        assert sorted(type(outcome).__name__ for (outcome,) in outcomes) == (
            ["Appended"] + ["WrongVersion"] * 7
        )
        assert len(await store.read(ORDER)) == 1

    async def test_appending_nothing_changes_nothing(self, store: EventStore) -> None:
        assert await store.append([]) == ()
        assert await store.head() == 0

    async def test_an_unknown_stream_is_empty(self, store: EventStore) -> None:
        assert await store.read("order-0-0") == ()

    async def test_every_asked_stream_is_answered(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a", "b"), decision(OTHER, 0, "c")])
        found = await store.read_many([OTHER, ORDER, ORDER, "order-0-0"])
        both = {stream: await store.read(stream) for stream in (ORDER, OTHER)}
        assert found == both | {"order-0-0": ()}
        assert await store.read_many([]) == {}

    async def test_reading_by_position_gives_every_event_once(self, store: EventStore) -> None:
        for n in range(5):
            await store.append([decision(f"order-1-{n}", 0, f"a{n}", f"b{n}")])
        position, pages = 0, []
        while page := await store.read_after(position, 4):
            pages.append(len(page))
            position = page[-1].position
        assert pages == [4, 4, 2]
        assert position == await store.head()
        assert await store.read_after(position, 4) == ()

    async def test_a_search_by_name_skips_the_others(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "a"), fact(ORDER, GID, created("created"))])
        await store.append([fact(OTHER, "b")])
        first, second = await store.read_named(["OrderEligible"], LONG_AGO, 0, 10)
        assert ids([first, second]) == [id_of("a"), id_of("b")]
        assert await store.read_named(["OrderEligible"], LONG_AGO, first.position, 10) == (second,)
        assert await store.read_named(["OrderEligible"], LONG_AGO, 0, 1) == (first,)
        both = await store.read_named(["OrderEligible", "ShopifyOrderCreated"], LONG_AGO, 0, 10)
        assert len(both) == 3
        assert await store.read_named(["OrderBlocked"], LONG_AGO, 0, 10) == ()

    async def test_a_search_by_time_includes_its_beginning(self, store: EventStore) -> None:
        await store.append([fact(ORDER, "a")])
        (recorded,) = await store.read(ORDER)
        at = recorded.recorded_at
        names = ["OrderEligible"]
        assert await store.read_named(names, at, 0, 10) == (recorded,)
        assert await store.read_named(names, at + timedelta(microseconds=1), 0, 10) == ()

    async def test_a_category_lists_its_streams_once_and_sorted(self, store: EventStore) -> None:
        for n, stream in enumerate(["order-2-1", "order-10-1", "orderly-1", "order", "link-1-1"]):
            await store.append([fact(stream, f"a{n}"), fact(stream, f"b{n}")])
        assert await store.streams("order") == ("order-10-1", "order-2-1")
        assert await store.streams("link") == ("link-1-1",)
        assert await store.streams("shop") == ()

    async def test_a_category_is_listed_page_by_page(self, store: EventStore) -> None:
        names = [f"order-{n}-1" for n in range(1, 6)]
        await store.append([fact(name, name) for name in [*names, "link-1-1"]])
        await store.append([fact("order-3-1", "again")])
        assert await store.streams("order", limit=2) == ("order-1-1", "order-2-1")
        assert await store.streams("order", "order-2-1", 2) == ("order-3-1", "order-4-1")
        assert await store.streams("order", "order-4-1", 2) == ("order-5-1",)
        assert await store.streams("order", "order-5-1", 2) == ()
        assert [page async for page in stream_pages(store, "order", 2)] == [
            ("order-1-1", "order-2-1"), ("order-3-1", "order-4-1"), ("order-5-1",)
        ]  # fmt: skip

    async def test_a_category_is_listed_from_its_first_stream_whatever_that_is_called(
        self, store: EventStore
    ) -> None:
        await store.append([fact("0-1", "a"), fact("0-2", "b")])
        assert await store.streams("0") == ("0-1", "0-2")
        assert [page async for page in stream_pages(store, "0")] == [("0-1", "0-2")]

    async def test_a_category_is_read_by_position_whatever_its_events_are(
        self, store: EventStore
    ) -> None:
        await store.append([fact("shop-1", "a"), fact("shopping-1", "x"), fact("link-1-1", "y")])
        await store.append([fact("shop-2", GID, created("created")), fact(ORDER, "z")])
        first, second = await store.read_category("shop", 0, 10)
        assert ids([first, second]) == [id_of("a"), id_of(GID)]
        assert await store.read_category("shop", 0, 1) == (first,)
        assert await store.read_category("shop", first.position, 10) == (second,)
        assert await store.read_category("shop", second.position, 10) == ()

    async def test_streams_are_read_from_a_version_on(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a", "b", "c"), decision(OTHER, 0, "d")])
        whole = await store.read(ORDER)
        found = await store.read_from({OTHER: 2, ORDER: 2, "order-0-0": 0})
        assert found == {ORDER: whole[1:], OTHER: (), "order-0-0": ()}
        assert await store.read_from({}) == {}
        later, all_ = await asyncio.gather(store.read_from({ORDER: 3}), store.read_from({ORDER: 0}))
        assert (later, all_) == ({ORDER: whole[2:]}, {ORDER: whole})

    async def test_a_long_stream_is_read_a_page_at_a_time(self, store: EventStore) -> None:
        names = [str(n) for n in range(MOST_FROM + 2)]
        for first in range(0, len(names), 300):
            part = tuple(new(name) for name in names[first : first + 300])
            await store.append([Append(ORDER, ANY_VERSION, part)])
        assert len((await store.read_from({ORDER: 1}))[ORDER]) == MOST_FROM
        assert [e.version for e in (await store.read_from({ORDER: MOST_FROM + 1}))[ORDER]] == [
            MOST_FROM + 1, MOST_FROM + 2
        ]  # fmt: skip

    async def test_a_snapshot_is_kept_in_place_of_an_older_one_or_of_another_fold(
        self, store: EventStore
    ) -> None:
        first, newer = (Snapshot(ORDER, n, id_of(str(n)), f'{{"n": {n}}}') for n in (3, 5))
        await store.keep_snapshots([newer], "one")
        await store.keep_snapshots([first], "one")
        assert await store.snapshots([ORDER, OTHER], "one") == {ORDER: newer}
        assert await store.snapshots([ORDER], "two") == {}
        await store.keep_snapshots([first], "two")
        assert await store.snapshots([ORDER], "two") == {ORDER: first}
        assert await store.snapshots([ORDER], "one") == {}

    async def test_the_head_is_the_newest_position(self, store: EventStore) -> None:
        assert await store.head() == 0
        (outcome,) = await store.append([decision(ORDER, 0, "a", "b")])
        assert isinstance(outcome, Appended)
        assert await store.head() == outcome.position

    async def test_large_and_foreign_texts_survive(self, store: EventStore) -> None:
        text = "☕ قهوة 咖啡 \u202e " + "".join(str(id_of(str(n))) for n in range(3000))
        await store.append([fact(ORDER, "a", ineligible(text))])
        (recorded,) = await store.read(ORDER)
        assert recorded.event == ineligible(text)

    async def test_waiting_ends_when_something_is_appended(self, store: EventStore) -> None:
        waiting = asyncio.create_task(store.wait(60))
        async with asyncio.timeout(10):
            while not waiting.done():
                await store.append([fact(ORDER, str(await store.head()))])
                await asyncio.wait([waiting], timeout=0.05)

    async def test_a_hint_that_came_before_the_wait_is_not_lost(self, store: EventStore) -> None:
        async with asyncio.timeout(10):
            await store.append([fact(ORDER, "a")])
            await store.wait(60)

    async def test_waiting_in_vain_ends_in_time(self, store: EventStore) -> None:
        async with asyncio.timeout(10):
            await store.wait(0.01)

    async def test_a_tail_gives_what_stands_and_what_comes(self, store: EventStore) -> None:
        await store.append([decision(ORDER, 0, "a", "b", "c")])
        pages = tail(store, 0, page=2, poll_s=0.05)
        async with asyncio.timeout(10):
            assert ids(await anext(pages)) == [id_of("a"), id_of("b")]
            assert ids(await anext(pages)) == [id_of("c")]
            following = asyncio.ensure_future(_news(pages))
            await store.append([fact(OTHER, "d")])
            assert ids(await following) == [id_of("d")]
        await pages.aclose()

    async def test_a_tail_that_nothing_comes_to_gives_an_empty_page(
        self, store: EventStore
    ) -> None:
        pages = tail(store, 0, poll_s=0.01)
        async with asyncio.timeout(10):
            assert await anext(pages) == ()
            await store.append([fact(ORDER, "a")])
            assert ids(await _news(pages)) == [id_of("a")]
        await pages.aclose()

    async def test_an_event_too_large_for_a_kafka_record_is_refused_with_both_sizes(
        self, store: EventStore
    ) -> None:
        large = ineligible("x" * MAX_EVENT_BYTES)
        with pytest.raises(EventTooLarge, match=r"OrderIneligible for order-\S+ has 900,\d+ bytes"):
            await store.append([fact(ORDER, "large", large)])
        assert await store.head() == 0


async def _news(pages: AsyncIterator[tuple[Recorded, ...]]) -> tuple[Recorded, ...]:
    """The next page that is not empty."""
    while not (page := await anext(pages)):
        pass
    return page

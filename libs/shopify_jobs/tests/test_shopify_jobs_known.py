"""What is known of an order and its shop when a job begins, and recording what became of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.world import story

from connections.foldings import SHOPS
from eventstore.journal import Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from shopify_jobs.known import Known, OrderStreams
from shopify_jobs.pauses import Pauses

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP = "7495514739512345678"
ORDERS = [order_stream(SHOP, str(n)) for n in range(5)]
FAILED = events.ShopifyUpdateFailed(
    shop_id=SHOP,
    order_id="0",
    store="s",
    shopify_order_id="gid://shopify/Order/1",
    change="note",
    reason_code="throttled",
)


class Counted(MemoryEventStore):
    """Counts its questions; its clock is turned by hand."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now)
        self.now = NOW
        self.questions = 0
        self.events = 0

    async def read_from(self, versions: Mapping[str, int]) -> dict[str, tuple[Recorded, ...]]:
        self.questions += 1
        found = await super().read_from(versions)
        self.events += sum(map(len, found.values()))
        return found

    async def say(self, stream: str, *said: Event) -> None:
        for event in said:
            event_id = fact_id("said", str(await self.head()))
            new = NewEvent(event_id, event, self.now, Trace("test", "talk"))
            await self.append([Append(stream, ANY_VERSION, (new,))])


def made() -> tuple[Counted, OrderStreams, Pauses]:
    store = Counted()
    journal = Journal(store, "some-service", lambda: store.now)
    return store, OrderStreams(journal), Pauses(journal)


def failures(recorded: Recorded) -> bool | None:
    if isinstance(recorded.event, events.ShopifyUpdateFailed):
        return True
    return False if isinstance(recorded.event, events.SyncRequested) else None


async def test_jobs_that_begin_at_the_same_time_are_one_question() -> None:
    store, streams, _ = made()
    known = await asyncio.gather(*(streams.read(stream) for stream in ORDERS))
    assert [order.stream for order in known] == ORDERS
    assert store.questions == 2  # orders, and their shops: PostgreSQL's store makes both one query


@pytest.mark.parametrize("error", UNREADABLE)
async def test_a_shop_that_cannot_be_read_spoils_only_its_own_orders(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rolling release is enough: a newer service said something of one shop."""
    store, streams, _ = made()
    others = ["7495000000000000002", "7495000000000000003"]
    for shop in (SHOP, *others):
        await store.say(shop_stream(shop), *story.connected())
    evolve = shops.evolve

    def unreadable(shop: Shop, recorded: Recorded) -> Shop:
        if recorded.stream == shop_stream(SHOP):
            raise error("planted")
        return evolve(shop, recorded)

    monkeypatch.setattr(streams._shops, "_folding", replace(SHOPS, evolve=unreadable))
    of_others = [order_stream(shop, "1") for shop in others]
    wanted = [ORDERS[0], of_others[0], ORDERS[1], of_others[1]]
    known = await asyncio.gather(*map(streams.read, wanted), return_exceptions=True)
    assert [type(each) for each in known] == [error, Known, error, Known]


async def test_what_is_read_for_an_order_does_not_grow_with_its_shops_stream() -> None:
    store, streams, _ = made()
    await store.say(shop_stream(SHOP), *story.connected())
    read: list[int] = []
    for _ in range(3):
        for side in range(40):
            pause = ("throttled", "timeout")[side % 2]
            paused = events.ShopPaused(shop_id=SHOP, side="shopify", reason_code=pause)
            await store.say(shop_stream(SHOP), paused)
        known = await streams.read(ORDERS[0])
        assert known.shop == shops.fold(await store.read(shop_stream(SHOP)))
        before = store.events
        await streams.read(ORDERS[0])
        read.append(store.events - before)
    assert read == [1, 1, 1]  # that the last one known is still there


async def test_a_shop_is_folded_once_as_long_as_nothing_is_said_of_it() -> None:
    store, streams, _ = made()
    await store.say(shop_stream(SHOP), *story.connected())
    first, second = await streams.read(ORDERS[0]), await streams.read(ORDERS[1])
    assert first.shop is second.shop
    await store.say(
        shop_stream(SHOP), events.ShopPaused(shop_id=SHOP, side="shopify", reason_code="throttled")
    )
    third = await streams.read(ORDERS[0])
    assert third.shop.pause_of("shopify") == "throttled"


async def test_a_decision_is_recorded_only_on_the_order_as_it_was_read() -> None:
    store, streams, _ = made()
    known = await streams.read(ORDERS[0])
    assert await streams.unless_moved(known, FAILED, "cause")
    assert not await streams.unless_moved(known, FAILED, "cause 2")
    assert len(await store.read(ORDERS[0])) == 1


async def test_a_fact_is_recorded_once_in_its_orders_conversation() -> None:
    store, streams, _ = made()
    await store.say(ORDERS[0], FAILED)
    known = await streams.read(ORDERS[0])
    told = [await streams.tell(known, lambda _: (UUID(int=7), FAILED)) for _ in range(2)]
    assert [each.fact is not None for each in told] == [True, False]
    assert (await store.read(ORDERS[0]))[-1].trace.correlation_id == "talk"


async def test_a_series_of_failures_begins_with_its_first_one_less_the_time_of_a_pause() -> None:
    store, streams, pauses = made()
    await store.say(shop_stream(SHOP), *story.connected())
    asked = events.SyncRequested(
        shop_id=SHOP, order_id="0", requested_by="vera", mode="manual", request_id="1"
    )
    await store.say(ORDERS[0], FAILED, asked)
    store.now += timedelta(hours=1)
    assert (await streams.read(ORDERS[0])).series_began_at(failures, store.now) == store.now
    began = store.now
    await store.say(ORDERS[0], FAILED)
    known = await streams.read(ORDERS[0])
    assert await pauses.pause(known.shop, "token_invalid")
    store.now += timedelta(hours=5)
    known = await streams.read(ORDERS[0])
    await pauses.resume(known.shop)
    store.now += timedelta(hours=5)
    known = await streams.read(ORDERS[0])
    assert known.series_began_at(failures, store.now) == began + timedelta(hours=5)


async def test_a_store_is_not_paused_on_old_knowledge() -> None:
    store, streams, pauses = made()
    await store.say(shop_stream(SHOP), *story.connected())
    known = await streams.read(ORDERS[0])
    await store.say(shop_stream(SHOP), *story.connected())
    assert not await pauses.pause(known.shop, "token_invalid")
    assert (await streams.read(ORDERS[0])).shop.pause_of("shopify") is None

"""Created orders read back in batches."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world.story import NOW, ORDER_ID, SHOP_ID, STORE

from eventstore.journal import Journal
from eventstore.memory import MemoryEventStore
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream
from runtime.backoff import Backoff
from shopify.answers import Answer, CallFacts, Done, DoubtReason, Refused, Throttled, Unclear
from shopify.orders import StandingOrder
from shopify.refusals import RefusalKind, UserError
from shopify_writer.creation import lookup
from shopify_writer.domain import InShopify
from shopify_writer.readback.read_back import Created, ReadBack, difference

WAITS = Backoff(first=4.0, longest=300.0)
FACTS = CallFacts(sent_at=NOW)
TAKEN = UserError("TAKEN", ("metafields", "0", "value"), RefusalKind.ID_TAKEN)


def created(number: int) -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        shop_id="7495514739512345678",
        order_id=f"57646141303878{number:04}",
        outcome="created",
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{number}",
        total=Decimal("24.97"),
    )


def node(event: events.ShopifyOrderCreated, **changes: Any) -> dict[str, Any]:
    return {
        "id": event.shopify_order_id,
        "legacyResourceId": "1",
        "name": "#1",
        "createdAt": NOW.isoformat(),
        "totalPriceSet": {"shopMoney": {"amount": "24.97", "currencyCode": "USD"}},
        "metafield": {"value": event.order_id},
        **changes,
    }


class Store:
    """Answers the read-back; notes how many ids each call asked for."""

    def __init__(self, nodes: Mapping[str, Any], *, fails: int = 0, unwritten: int = 0) -> None:
        self.nodes = nodes
        self.fails = fails
        self.unwritten = unwritten
        self.asked: list[int] = []
        self.written: list[Any] = []

    async def execute(
        self, store: str, what: object, variables: Mapping[str, Any], **_: object
    ) -> Answer:
        assert store == STORE
        if what == "metafields_set" and self.unwritten:
            self.unwritten -= 1
            return Throttled(1.0, call=FACTS)
        if what == "metafields_set":
            self.written += variables["metafields"]
            return Refused((TAKEN,), call=FACTS)
        assert what == "orders_read_back"
        self.asked.append(len(variables["ids"]))
        if self.fails:
            self.fails -= 1
            return Unclear(DoubtReason.READ_TIMEOUT, call=FACTS)
        return Done({"nodes": [self.nodes.get(gid) for gid in variables["ids"]]}, call=FACTS)


async def read(shopify: Store, count: int, rounds: int = 3) -> dict[str, str]:
    """What is recorded after some rounds, an hour apart: order id → reason code."""
    now = [NOW]
    store = MemoryEventStore(lambda: NOW)
    journal = Journal(store, "test", lambda: now[0])
    reading = ReadBack(journal, shopify, 0.0, WAITS, lambda: 1.0)
    for number in range(count):
        event = created(number)
        stream = order_stream(event.shop_id, event.order_id)
        await journal.fact(stream, created_id(STORE, event.shopify_order_id), event)
        reading.note(event, stream)
    for _ in range(rounds):
        await reading.round()
        now[0] += timedelta(hours=1)
    return {
        said.event.order_id: said.event.reason_code
        for said in await store.read_after(0, 1_000)
        if isinstance(said.event, events.ShopifyUpdateFailed)
    }


async def test_a_hundred_and_ten_orders_are_three_calls_and_no_event() -> None:
    shopify = Store({created(n).shopify_order_id: node(created(n)) for n in range(110)})
    assert await read(shopify, 110) == {}
    assert shopify.asked == [50, 50, 10]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"metafield": None}, "order_id_missing"),
        ({"metafield": {"value": "another"}}, "order_id_missing"),
        (
            {"totalPriceSet": {"shopMoney": {"amount": "24.96", "currencyCode": "USD"}}},
            "total_differs",
        ),
    ],
)
async def test_what_is_not_as_written_is_recorded(changes: dict[str, Any], code: str) -> None:
    event = created(0)
    assert await read(Store({event.shopify_order_id: node(event, **changes)}), 1) == {
        event.order_id: code
    }


async def test_a_total_without_trailing_zeros_is_the_same_total() -> None:
    event = created(0)
    there = Created("s", "1", event.order_id, STORE, event.shopify_order_id, Decimal("25.00"))
    money = {"shopMoney": {"amount": "25.0", "currencyCode": "USD"}}
    assert difference(there, StandingOrder.read(node(event, totalPriceSet=money))) is None


MONEY = {"shopMoney": {"amount": "1.00", "currencyCode": "USD"}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"totalPriceSet": MONEY}, "total_differs"),
        ({"metafield": None}, "order_id_missing"),
    ],
)
@pytest.mark.parametrize("fails", [1, 3, 30])
async def test_a_store_that_does_not_answer_is_asked_again_until_it_does(
    changes: dict[str, Any], code: str | None, fails: int
) -> None:
    event = created(0)
    shopify = Store({event.shopify_order_id: node(event, **changes)}, fails=fails)
    expected = {event.order_id: code} if code else {}
    assert await read(shopify, 1, rounds=fails + 2) == expected
    assert len(shopify.asked) == fails + 1
    assert len(shopify.written) == (code == "order_id_missing")


async def test_an_id_whose_writing_is_not_answered_is_written_later() -> None:
    event = created(0)
    shopify = Store({event.shopify_order_id: node(event, metafield=None)}, unwritten=20)
    assert await read(shopify, 1, rounds=25) == {event.order_id: "order_id_missing"}
    assert len(shopify.written) == 1


async def test_a_store_that_does_not_answer_is_asked_ever_more_seldom() -> None:
    now, event = [NOW], created(0)
    journal = Journal(MemoryEventStore(lambda: NOW), "test", lambda: now[0])
    silent = Store({}, fails=10_000)
    reading = ReadBack(journal, silent, 0.0, WAITS, lambda: 1.0)
    reading.note(event, order_stream(event.shop_id, event.order_id))
    for _ in range(900):
        await reading.round()
        now[0] += timedelta(seconds=4)
    assert 10 < len(silent.asked) < 25  # in an hour
    assert not reading.is_done


async def test_a_batch_during_which_the_database_went_away_is_read_back_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = created(0)
    shopify = Store({event.shopify_order_id: node(event, totalPriceSet=MONEY)})
    store = MemoryEventStore(lambda: NOW)
    journal = Journal(store, "test", lambda: NOW)
    stream = order_stream(event.shop_id, event.order_id)
    await journal.fact(stream, created_id(STORE, event.shopify_order_id), event)
    reading = ReadBack(journal, shopify, 0.0, WAITS, lambda: 1.0)
    reading.note(event, stream)

    async def away(*_: object) -> Any:
        raise ConnectionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(store, "append", away)
        with pytest.raises(ConnectionError):
            await reading.round()
    await reading.round()
    assert [said.name for said in await store.read(stream)][-1] == "ShopifyUpdateFailed"
    assert reading.is_done


async def test_what_is_read_back_of_an_order_that_was_created_again_since_is_no_news() -> None:
    """The one that was read back was deleted meanwhile, and another stands."""
    store = MemoryEventStore(lambda: NOW)
    journal, event = Journal(store, "test", lambda: NOW), created(0)
    stream = order_stream(event.shop_id, event.order_id)
    other = event.model_copy(update={"shopify_order_id": "gid://shopify/Order/9"})
    reading = ReadBack(journal, Store({}), 0.0, WAITS, lambda: 1.0)
    reading.note(event, stream)
    await journal.fact(stream, created_id(STORE, other.shopify_order_id), other)
    await reading.round()
    assert [said.name for said in await store.read(stream)] == ["ShopifyOrderCreated"]


async def unmarked(world: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """An order of ours is created whose id the store leaves out; its gid."""
    answer = world.shopify.answer

    async def without(call: Any) -> Answer:
        if call.what == "order_create":
            bare = {**call.variables["order"], "metafields": []}
            call = replace(call, variables={**call.variables, "order": bare})
        said: Answer = await answer(call)
        return said

    monkeypatch.setattr(world.shopify, "answer", without)
    await world.draft()
    await world.work()
    (shown,) = await world.shopify.orders()
    return str(shown["order"]["id"])


async def test_an_id_that_is_missing_is_written_and_seen_to_be_there(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unmarked(world, monkeypatch)
    for _ in range(3):
        await world.process().round("read-back")
    assert world.shopify.asked()[-3:] == ["orders_read_back", "metafields_set", "orders_read_back"]
    assert await world.names() == ["Draft", "Requested", "Created"]
    found = await lookup.by_id(world.shopify, STORE, ORDER_ID)
    assert isinstance(found, InShopify)


async def test_an_id_that_another_order_has_is_said_to_be_missing(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await unmarked(world, monkeypatch)
    await world.place(ORDER_ID)
    for _ in range(4):
        await world.process().round("read-back")
    assert (await world.last()).reason_code == "order_id_missing"
    assert world.shopify.asked().count("metafields_set") == 1


async def test_an_order_known_to_lack_its_id_is_searched_for_before_it_is_created_again(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event says that it was deleted, and it was not: it is found, not created again."""
    gid = await unmarked(world, monkeypatch)
    told = {"shop_id": SHOP_ID, "order_id": ORDER_ID, "store": STORE, "shopify_order_id": gid}
    missing = {"change": "creation", "reason_code": "order_id_missing"}
    await world.say(events.ShopifyUpdateFailed.model_validate({**told, **missing}))
    await world.say(events.ShopifyOrderRemoved.model_validate({**told, "seen_by": "webhook"}))
    sync = {"requested_by": "ana", "mode": "manual", "request_id": "form-1"}
    await world.say(events.SyncRequested.model_validate({**told, **sync}))
    await world.pass_time(timedelta(minutes=5))
    await world.draft()
    await world.work()
    assert world.shopify.asked()[-2:] == ["order_find_by_custom_id", "order_find"]
    assert await world.made() == 1

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
from shopify.answers import Answer, CallFacts, Done, DoubtReason, Refused, Unclear
from shopify.orders import StandingOrder
from shopify.refusals import RefusalKind, UserError
from shopify_writer.creation import lookup
from shopify_writer.domain import InShopify
from shopify_writer.readback.read_back import Created, ReadBack, difference

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

    def __init__(self, nodes: Mapping[str, Any], *, fails: int = 0) -> None:
        self.nodes = nodes
        self.fails = fails
        self.asked: list[int] = []
        self.written: list[Any] = []

    async def execute(
        self, store: str, what: object, variables: Mapping[str, Any], **_: object
    ) -> Answer:
        assert store == STORE
        if what == "metafields_set":
            self.written += variables["metafields"]
            return Refused((TAKEN,), call=FACTS)
        assert what == "orders_read_back"
        self.asked.append(len(variables["ids"]))
        if self.fails:
            self.fails -= 1
            return Unclear(DoubtReason.READ_TIMEOUT, call=FACTS)
        return Done({"nodes": [self.nodes.get(gid) for gid in variables["ids"]]}, call=FACTS)


async def read(shopify: Store, count: int) -> dict[str, str]:
    """What is recorded after three rounds: order id → reason code."""
    store = MemoryEventStore(lambda: NOW)
    journal = Journal(store, "test", lambda: NOW)
    reading = ReadBack(journal, shopify, 0.0)
    for number in range(count):
        event = created(number)
        stream = order_stream(event.shop_id, event.order_id)
        await journal.fact(stream, created_id(STORE, event.shopify_order_id), event)
        reading.note(event, stream)
    for _ in range(3):
        await reading.round()
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


async def test_a_store_that_does_not_answer_is_asked_again_and_not_for_ever() -> None:
    event = created(0)
    assert await read(Store({event.shopify_order_id: node(event)}, fails=1), 1) == {}
    silent = Store({}, fails=99)
    await read(silent, 1)
    assert len(silent.asked) == 3


async def test_what_is_read_back_of_an_order_that_was_created_again_since_is_no_news() -> None:
    """The one that was read back was deleted meanwhile, and another stands."""
    store = MemoryEventStore(lambda: NOW)
    journal, event = Journal(store, "test", lambda: NOW), created(0)
    stream = order_stream(event.shop_id, event.order_id)
    other = event.model_copy(update={"shopify_order_id": "gid://shopify/Order/9"})
    reading = ReadBack(journal, Store({}), 0.0)
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

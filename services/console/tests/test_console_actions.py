"""Actions: what a person can do, once, and on whose word."""

from typing import Any

import pytest
from pydantic import ValidationError
from services.console.tests import happenings as happen

from console.backend import NoStore, UnknownShop
from console.order_settings.actions import change_settings
from console.orders.actions import request_sync
from console.products.actions import (
    NotLinked,
    WrongVariant,
    link_product,
    link_products,
    unlink_product,
    variant_gid,
)
from console.shops.actions import disconnect_shop
from lifecycle import link
from lifecycle.status import Status
from ordersync_contracts.streams import link_stream, shop_stream


async def test_sync_of_a_not_synced_order_is_recorded_with_who_asked(
    submit: Any, store: Any, story: Any
) -> None:
    stream = await story.order("101", happen.eligible("101"))
    [answer] = await request_sync(submit(), [(happen.SHOP, "101")], reason="called us")
    assert answer.outcome == "asked"
    assert answer.status is Status.NOT_SYNCED
    asked = (await store.read(stream))[-1]
    assert asked.event.model_dump() == {
        "shop_id": happen.SHOP,
        "order_id": "101",
        "requested_by": "ana",
        "mode": "manual",
        "reason": "called us",
        "request_id": "form-1",
    }
    assert asked.trace.source == "console"


async def test_a_double_click_is_one_event_and_a_second_try_another(
    submit: Any, story: Any
) -> None:
    stream = await story.order("101", happen.eligible("101"))
    for _ in range(2):
        [answer] = await request_sync(submit(), [(happen.SHOP, "101")])
        assert answer.outcome == "asked"
    assert (await story.names(stream)).count("SyncRequested") == 1
    await story.tell(stream, happen.blocked("101"))
    await request_sync(submit(), [(happen.SHOP, "101")])
    assert (await story.names(stream)).count("SyncRequested") == 1
    await request_sync(submit("form-2"), [(happen.SHOP, "101")])
    assert (await story.names(stream)).count("SyncRequested") == 2


async def test_sync_is_refused_for_an_order_that_is_not_eligible(submit: Any, story: Any) -> None:
    stream = await story.order("101", happen.ineligible("101", "fulfilled_by_tiktok"))
    [answer] = await request_sync(submit(), [(happen.SHOP, "101")])
    assert (answer.outcome, answer.reason_code) == ("not_eligible", "fulfilled_by_tiktok")
    assert await story.names(stream) == ["OrderFetched", "OrderIneligible"]


async def test_an_order_in_shopify_is_left_alone_unless_it_was_deleted_there(
    submit: Any, story: Any
) -> None:
    stream = await story.order("101", happen.eligible("101"), happen.created("101"))
    [answer] = await request_sync(submit(), [(happen.SHOP, "101")])
    assert (answer.outcome, answer.status) == ("already", Status.SYNCED)
    await story.tell(stream, happen.removed("101"))
    [answer] = await request_sync(submit(), [(happen.SHOP, "101")])
    assert answer.outcome == "asked"


async def test_a_bulk_sync_answers_every_order_in_the_order_given(
    submit: Any, store: Any, story: Any
) -> None:
    await story.order("101", happen.eligible("101"))
    await story.order("102", happen.ineligible("102"))
    wanted = [(happen.SHOP, "102"), (happen.SHOP, "999"), (happen.SHOP, "101")]
    answers = await request_sync(submit(), wanted, mode="bulk")
    assert [answer.outcome for answer in answers] == ["not_eligible", "unknown", "asked"]
    assert not await store.read(f"order-{happen.SHOP}-999")


async def test_settings_keep_what_is_not_named(submit: Any, story: Any) -> None:
    await story.shop(customer="none")
    changed = await change_settings(submit(), happen.SHOP, {"automatic_sync": True})
    assert changed.automatic_sync
    assert changed.customer == "none"
    known = await story.folded()
    assert known.settings == changed


async def test_settings_that_change_nothing_append_nothing(
    submit: Any, store: Any, story: Any
) -> None:
    await story.shop()
    before = await store.head()
    await change_settings(submit(), happen.SHOP, {"customer": "relay"})
    assert await store.head() == before


async def test_a_setting_that_does_not_exist_is_refused_by_name(submit: Any, story: Any) -> None:
    await story.shop()
    with pytest.raises(ValidationError, match="discounts"):
        await change_settings(submit(), happen.SHOP, {"discounts": "half"})


async def test_settings_of_an_unknown_shop_are_refused(submit: Any) -> None:
    with pytest.raises(UnknownShop, match="42"):
        await change_settings(submit(), "42", {"customer": "none"})


@pytest.mark.parametrize("variant", ["8801", "gid://shopify/ProductVariant/8801", " 8801 "])
async def test_a_link_takes_a_number_or_a_gid(
    submit: Any, variant: str, store: Any, story: Any
) -> None:
    await story.shop()
    await link_product(submit(), happen.SHOP, "1729", variant)
    there = link.linked(await store.read(link_stream(happen.SHOP, "1729")))
    assert there is not None
    assert there.variant_id == "gid://shopify/ProductVariant/8801"
    assert (there.store, there.linked_by, there.person) == (happen.STORE, "person", "ana")


async def test_the_same_link_twice_is_one_event(submit: Any, story: Any) -> None:
    await story.shop()
    for n in range(2):
        await link_product(submit(f"form-{n}"), happen.SHOP, "1729", "8801")
    assert await story.names(link_stream(happen.SHOP, "1729")) == ["ProductLinked"]


@pytest.mark.parametrize("variant", ["", "abc", "gid://shopify/Product/1", "88 01"])
def test_what_is_no_variant_is_refused(variant: str) -> None:
    with pytest.raises(WrongVariant):
        variant_gid(variant)


async def test_products_of_a_shop_without_store_cannot_be_linked(submit: Any, story: Any) -> None:
    await story.shop(store=None)
    with pytest.raises(NoStore):
        await link_product(submit(), happen.SHOP, "1729", "8801")


async def test_unlinking_removes_the_link_once(submit: Any, story: Any) -> None:
    await story.link("1729", 8801)
    for _ in range(2):
        await unlink_product(submit(), happen.SHOP, "1729")
    stream = link_stream(happen.SHOP, "1729")
    assert await story.names(stream) == ["ProductLinked", "ProductUnlinked"]
    with pytest.raises(NotLinked):
        await unlink_product(submit("form-9"), happen.SHOP, "1729")


async def test_a_shop_is_disconnected_once(submit: Any, story: Any) -> None:
    await story.shop()
    for n in range(2):
        await disconnect_shop(submit(f"form-{n}"), happen.SHOP)
    assert (await story.names(shop_stream(happen.SHOP))).count("ShopDisconnected") == 1


async def test_a_person_who_confirms_a_link_that_was_made_by_itself_is_recorded_once(
    submit: Any, store: Any, story: Any
) -> None:
    await story.shop()
    same = {"1729": "8801"}
    await link_products(submit("form-0"), happen.SHOP, same, linked_by="same_sku")
    for n in (1, 2):
        await link_product(submit(f"form-{n}"), happen.SHOP, "1729", "8801")
    await link_products(submit("form-3"), happen.SHOP, same, linked_by="same_sku")
    stream = link_stream(happen.SHOP, "1729")
    assert [recorded.event.linked_by for recorded in await store.read(stream)] == [
        "same_sku",
        "person",
    ]

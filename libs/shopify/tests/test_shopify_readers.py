"""Readers against golden answers (values are made up)."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shopify import fulfilments, orders, shops, variants
from shopify.changes import OrderStanding, read_standing
from shopify.wire import AnswerShapeChanged

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> dict[str, Any]:
    answer: dict[str, dict[str, Any]] = json.loads(
        (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    )
    return answer["data"]


def test_the_created_order_is_read() -> None:
    created = orders.read_created(golden("order_create"))
    assert created.id == "gid://shopify/Order/6824239235305"
    assert created.legacy_resource_id == "6824239235305"
    assert created.name == "#1334"
    assert created.processed_at.isoformat() == "2026-11-21T18:04:33+00:00"


def test_an_order_found_by_custom_id_is_read_and_none_is_none() -> None:
    found = orders.read_by_custom_id(golden("order_find_by_custom_id"))
    assert found is not None
    assert found.name == "#1334"
    assert found.tags == ("TikTok Shop",)
    assert orders.read_by_custom_id({"orderByIdentifier": None}) is None


def test_recent_orders_are_read_with_what_other_connectors_left_on_them() -> None:
    page = orders.read_search(golden("orders_recent"))
    ours, theirs = page.nodes
    assert ours.custom_id == "576478923456789012"
    assert theirs.custom_id is None
    assert theirs.tags == ("TikTokOrderID:576478923456789013",)
    assert theirs.custom_attributes[0].value == "576478923456789013"
    assert page.page_info.next_cursor == "eyJsYXN0X2lkIjo2"


def test_a_read_back_tells_standing_from_deleted_orders() -> None:
    ids = ["gid://shopify/Order/6824239235305", "gid://shopify/Order/7"]
    standing = orders.read_back(golden("orders_read_back"), ids)
    kept = standing[ids[0]]
    assert kept is not None
    assert kept.total_price_set.shop_money.amount == Decimal("66.12")
    assert kept.custom_id == "576478923456789012"
    assert standing[ids[1]] is None


def test_a_read_back_of_another_length_is_refused() -> None:
    with pytest.raises(AnswerShapeChanged, match="one entry per id"):
        orders.read_back({"nodes": [None]}, ["a", "b"])


def test_fulfilment_orders_say_what_may_be_sent_from_where() -> None:
    state = fulfilments.read_order_fulfilment(golden("fulfillment_orders"))
    assert state is not None
    order = state.fulfillment_orders.nodes[0]
    assert order.can_be_fulfilled
    assert order.location_id == "gid://shopify/Location/90"
    assert order.line_items.nodes[0].remaining_quantity == 2
    assert order.line_items.nodes[0].line_item.id == "gid://shopify/LineItem/161"
    assert state.fulfillments[0].tracking_info[0].company == "USPS"
    assert fulfilments.read_order_fulfilment({"order": None}) is None


def test_a_fulfilment_is_read_with_its_events() -> None:
    sent = fulfilments.read_fulfilment_events(golden("fulfillment_events_read"))
    assert sent is not None
    assert sent.events is not None
    assert [event.status for event in sent.events.nodes] == ["IN_TRANSIT"]
    assert sent.events.page_info.next_cursor is None


def test_a_created_fulfilment_and_event_are_read() -> None:
    made = fulfilments.read_created_fulfilment(golden("fulfillment_create"))
    assert (made.id, made.status) == ("gid://shopify/Fulfillment/803", "SUCCESS")
    event = fulfilments.read_created_event(golden("fulfillment_event_create"))
    assert event.status == "DELIVERED"


def test_a_page_of_variants_is_read() -> None:
    page = variants.read_variants(golden("variants_page"))
    assert page.nodes[0].price == Decimal("24.99")
    assert page.nodes[1].sku is None
    assert page.page_info.next_cursor == "eyJpZCI6Mn0"


def test_variants_by_ids_tell_deleted_ones() -> None:
    node = {"id": "gid://shopify/ProductVariant/1", "sku": "A", "title": "M", "price": "1.0"}
    found = variants.read_variants_by_ids({"nodes": [None, node]}, ["a", "b"])
    assert found["a"] is None
    assert found["b"] is not None


def test_the_store_is_read_with_its_scopes() -> None:
    info = shops.read_shop_info(golden("shop_info"))
    assert info.shop.currency_code == "USD"
    assert "write_orders" in info.scopes
    assert info.current_app_installation.app.id == "gid://shopify/App/12"


def test_the_id_definition_is_read() -> None:
    made = shops.read_created_definition(golden("order_custom_id_definition_create"))
    assert made.finds_orders
    assert shops.read_definition({"metafieldDefinition": None}) is None


def test_a_changed_shape_names_the_field_and_no_value() -> None:
    changed = golden("order_create")
    changed["orderCreate"]["order"]["name"] = {"planted": "Kim Planted"}
    with pytest.raises(AnswerShapeChanged, match="CreatedOrder: unexpected shape of name") as told:
        orders.read_created(changed)
    assert "Kim" not in str(told.value)
    assert told.value.__context__ is None


def test_a_missing_root_is_named() -> None:
    with pytest.raises(AnswerShapeChanged, match=r"orderCreate\.order"):
        orders.read_created({"orderCreate": None})


def test_a_value_in_a_search_cannot_break_out_of_its_quotes() -> None:
    assert orders.source_identifier_query('a" OR tag:"b\\') == (
        f'source_identifier:"a\\" OR tag:\\"b\\\\" AND {orders.EVERY_STATUS}'
    )
    assert orders.source_identifier_query("576").startswith('source_identifier:"576" AND ')


def test_an_order_is_untouched_while_nothing_of_it_was_sent() -> None:
    def standing(status: str, *fulfilments: str) -> OrderStanding:
        order = {
            "id": "gid://shopify/Order/1",
            "displayFulfillmentStatus": status,
            "fulfillments": [{"id": f"f{n}", "status": s} for n, s in enumerate(fulfilments)],
        }
        there = read_standing({"order": order})
        assert there is not None
        return there

    assert standing("UNFULFILLED").is_untouched
    assert standing("UNFULFILLED", "CANCELLED").is_untouched
    assert not standing("PARTIALLY_FULFILLED", "SUCCESS").is_untouched
    assert not standing("FULFILLED").is_untouched
    assert read_standing({"order": None}) is None
